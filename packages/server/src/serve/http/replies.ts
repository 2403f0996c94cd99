import { reasonOf } from "@sensorium/protocol";
import { checkJson } from "@sensorium/protocol/config";
import type { ReplyCode } from "@sensorium/protocol/rest";
import { type PageQuery, paginationOf } from "@sensorium/protocol/wire";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Log } from "../../observe/log.ts";

/** The REST API's envelope of a result. */
export const success = (request: FastifyRequest, data: unknown) => ({
  success: true,
  data,
  timestamp: new Date().toISOString(),
  request_id: request.id,
});

/** The REST API's envelope of one page of a list of `total` entries. */
export const paged = (request: FastifyRequest, items: readonly unknown[], place: PageQuery & { total: number }) => ({
  ...success(request, items),
  pagination: paginationOf(place, place.total),
});

/** The REST API's envelope of an error; `message` is one clear sentence. */
export const failure = (request: FastifyRequest, code: ReplyCode, message: string, details: object | null = null) => ({
  success: false,
  error: { code, message, details },
  timestamp: new Date().toISOString(),
  request_id: request.id,
});

const CODES: Readonly<Record<number, ReplyCode>> = {
  401: "AUTHENTICATION_ERROR",
  403: "AUTHORIZATION_ERROR",
  404: "RESOURCE_NOT_FOUND",
  429: "RATE_LIMIT_EXCEEDED",
};

/** What an answer that refuses says besides its sentence: another code than its status has, and figures. */
interface RefusalMore {
  readonly code?: ReplyCode;
  readonly details?: object;
}

/** A handler's refusal on its way to whoever asked. */
class Refused extends Error {
  readonly statusCode: number;
  readonly more: RefusalMore;

  constructor(statusCode: number, sentence: string, more: RefusalMore) {
    super(sentence);
    this.statusCode = statusCode;
    this.more = more;
  }
}

/** What a handler throws to answer with a status and one clear sentence. */
export const refusal = (
  status: 403 | 404 | 409 | 422 | 429 | 501 | 503,
  sentence: string,
  more: RefusalMore = {},
): Error => new Refused(status, sentence, more);

/** What a body holds; a `VALIDATION_ERROR` that names the field when it is not what it should be. */
export const parseBody = <T>(schema: z.ZodType<T>, { body }: FastifyRequest): T =>
  parse(schema, { value: body, what: "body" });

/** What an address says after its `?`; a `VALIDATION_ERROR` that names the parameter when it is not what it should be. */
export const parseQuery = <T>(schema: z.ZodType<T>, { query }: FastifyRequest): T =>
  parse(schema, { value: query, what: "query" });

/** What an address says between its slashes; a `VALIDATION_ERROR` that names the part that is not what it should be. */
export const parsePath = <T>(schema: z.ZodType<T>, { params }: FastifyRequest): T =>
  parse(schema, { value: params, what: "address" });

function parse<T>(schema: z.ZodType<T>, { value, what }: { readonly value: unknown; readonly what: string }): T {
  const checked = checkJson(schema, value);
  if (checked.ok) return checked.file;
  const [problem] = checked.problems;
  throw notUnderstood(what, { field: problem?.path.join(".") ?? "", reason: problem?.message ?? "unknown" });
}

/** The refusal of a query, body or address of which one field is not what it should be. */
export const notUnderstood = (what: string, details: { readonly field: string; readonly reason: string }): Error =>
  refusal(422, `This ${what} is not understood: ${details.field || "it"} – ${details.reason}`, { details });

/** Answers unknown paths and failures with a sentence, and never with what is inside. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    reply.code(404).send(failure(request, "RESOURCE_NOT_FOUND", "There is nothing at this address"));
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500 || error instanceof Refused) {
      const { code, details } = error instanceof Refused ? error.more : {};
      const known = code ?? CODES[status] ?? (status < 500 ? "VALIDATION_ERROR" : "SYSTEM_ERROR");
      return reply.code(status).send(failure(request, known, reasonOf(error), details));
    }
    log.error({ reason: reasonOf(error), requestId: request.id }, "a request failed");
    const sentence = "Something failed inside the server; its log says what";
    return reply.code(500).send(failure(request, "SYSTEM_ERROR", sentence));
  });
}

/** Answers an address that cannot be read; such a request reaches no hook and no handler. */
export function answerBadAddress(_: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(400).send(failure(request, "VALIDATION_ERROR", "This address cannot be read"));
}
