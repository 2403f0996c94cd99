import { z } from "zod";
import { API_PATH, type Endpoint, type LimitGroup, RATE_LIMITS, type RateLimit } from "./http/endpoint.ts";
import { endpoints } from "./http/endpoints.ts";
import { Failure, pageOf, successOf } from "./http/envelope.ts";

/** What a document says besides the endpoints. */
export interface OpenApiOptions {
  /** Of the server. */
  readonly version: string;
  /** Those in force; the protocol's own when absent. */
  readonly limits?: Readonly<Record<LimitGroup, RateLimit>>;
}

type Json = { readonly [key: string]: unknown };

const FAILURES = {
  400: ["BadRequest", "The request cannot be read"],
  401: ["NotAuthenticated", "No credentials, or none that are valid"],
  403: ["NotAllowed", "These credentials do not allow this"],
  404: ["NotFound", "There is no such thing, or none that the asker may see"],
  409: ["Conflict", "Not as things are now; the message says why"],
  413: ["TooLarge", "The body is longer than any that is understood"],
  415: ["UnknownMedia", "Bodies are JSON"],
  422: ["NotUnderstood", "A field is not what it should be; details name it"],
  429: ["TooManyRequests", "The limit is reached; details say until when"],
  500: ["Failed", "Something failed inside the server"],
  501: ["NotThereYet", "This server cannot do that yet"],
  503: ["NothingToShow", "What is asked for gives nothing at the moment"],
} as const;
type FailureStatus = keyof typeof FAILURES;

/** The OpenAPI 3.1 document of the whole REST API. */
export function openApiDocument({ version, limits = RATE_LIMITS }: OpenApiOptions): Json {
  const all: readonly (readonly [string, Endpoint])[] = Object.entries(endpoints);
  const paths: Record<string, Json> = {};
  for (const [id, described] of all) {
    const operation = operationOf(id, { described, limits });
    paths[described.path] = { ...paths[described.path], [described.method.toLowerCase()]: operation };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Sensorium", version, description: DESCRIPTION, license: LICENSE },
    servers: [{ url: API_PATH }],
    tags: [...new Set(all.map(([, { group }]) => group))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Failure: schemaOf(Failure, "output") },
      responses: FAILURE_RESPONSES,
      headers,
      securitySchemes,
    },
  };
}

const LICENSE = { name: "Apache-2.0", identifier: "Apache-2.0" };
const DESCRIPTION =
  "People, falls, counts and cameras over HTTP. Every reply is JSON in an envelope: success and data, or success and " +
  "error. Times are UTC with milliseconds. What cannot be measured is null.";

interface Described {
  readonly described: Endpoint;
  readonly limits: Readonly<Record<LimitGroup, RateLimit>>;
}

function operationOf(operationId: string, { described, limits }: Described): Json {
  const { group, summary, description, needs, limit, body, example } = described;
  const counted = limit && `At most ${limits[limit].requests} requests in ${limits[limit].windowSeconds} seconds`;
  const scope = typeof needs === "object" && `Needs the scope ${needs.scope}`;
  const remarks = [description, [scope, counted].filter(Boolean).join(". ")].filter(Boolean).join("\n\n");
  const parameters = [...parametersOf(described.params, "path"), ...parametersOf(described.query, "query")];
  const content = body && {
    "application/json": { schema: schemaOf(body, "input"), ...(example !== undefined && { example }) },
  };
  return {
    ...{ operationId, tags: [group], summary },
    ...(remarks && { description: remarks }),
    ...(parameters.length > 0 && { parameters }),
    ...(content && { requestBody: { required: !body.safeParse(undefined).success, content } }),
    security: needs === "nothing" ? [] : SECURITY,
    responses: responsesOf(described),
  };
}

function parametersOf(schema: z.ZodType | undefined, where: "path" | "query"): readonly Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    ...{ name, in: where, required: where === "path" || required.includes(name), schema: rest },
    ...(description !== undefined && { description }),
  }));
}

function responsesOf(described: Endpoint): Json {
  const { answer, limit } = described;
  const status = answer.kind === "data" ? (answer.status ?? 200) : 200;
  const limited = limit && { headers: LIMIT_HEADERS };
  const refusals = statusesOf(described).map((each) => [each, { $ref: `#/components/responses/${FAILURES[each][0]}` }]);
  return {
    [status]: { description: "Done", ...limited, content: contentOf(described) },
    ...Object.fromEntries(refusals),
  };
}

function contentOf({ answer }: Endpoint): Json {
  if (answer.kind === "media") return { [answer.type]: { schema: {} } };
  const envelope = answer.kind === "page" ? pageOf(answer.item) : successOf(answer.data);
  return { "application/json": { schema: schemaOf(envelope, "output") } };
}

/** Every status with which an endpoint may refuse. */
export function statusesOf({ needs, params, query, body, limit, refusals = [] }: Endpoint): readonly FailureStatus[] {
  const known: readonly (readonly [boolean, FailureStatus])[] = [
    [needs !== "nothing", 401],
    [true, 403],
    [params !== undefined, 404],
    [body !== undefined, 400],
    [body !== undefined, 413],
    [body !== undefined, 415],
    [params !== undefined || query !== undefined || body !== undefined, 422],
    [limit !== null, 429],
    [true, 500],
  ];
  const statuses = [...known.flatMap(([applies, status]) => (applies ? [status] : [])), ...refusals];
  return [...new Set(statuses)].sort((one, other) => one - other);
}

const header = (description: string): Json => ({ description, schema: { type: "integer" } });
const headers = {
  "X-RateLimit-Limit": header("Requests in a window"),
  "X-RateLimit-Remaining": header("Those that are left of it"),
  "X-RateLimit-Reset": header("When the next window begins, in Unix seconds"),
  "X-RateLimit-Window": header("The window's length in seconds"),
  "Retry-After": header("Seconds until it is worth trying again"),
};

const referTo = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const LIMIT_HEADERS = referTo(Object.keys(headers).filter((name) => name.startsWith("X-")));

const FAILURE_RESPONSES = Object.fromEntries(
  Object.entries(FAILURES).map(([status, [name, description]]) => {
    const content = { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } };
    return [name, { description, ...(status === "429" && { headers: referTo(Object.keys(headers)) }), content }];
  }),
);

const SECURITY = [{ bearer: [] }, { apiKey: [] }, { session: [] }];
const securitySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "From POST auth/token, or of your issuer",
  },
  apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "sensorium-session-8000",
    description: "Of the page; the port ends its name",
  },
};

/** The JSON Schema of a schema, open to fields that come later. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return rest;
}
