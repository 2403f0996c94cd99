import { z } from "zod";

type Json = Readonly<Record<string, unknown>>;

/** One message of a protocol. */
export interface DescribedMessage {
  /** As the golden files call it; its `type` where it has one. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly schema: z.ZodType;
}

/** A protocol of one socket, as the server's side of it. */
export interface Protocol {
  readonly title: string;
  readonly version: string;
  /** Markdown. */
  readonly description: string;
  /** Host and port where it is served by default. */
  readonly host: string;
  /** The path of the socket. */
  readonly address: string;
  /** Subprotocols, limits and close codes, in Markdown. */
  readonly socket: string;
  /** What may stand in the address. */
  readonly query?: z.ZodType;
  /** What clients send. */
  readonly received: readonly DescribedMessage[];
  /** What the server sends. */
  readonly sent: readonly DescribedMessage[];
  /** Every golden file by its name, which begins with the side that sends it. */
  readonly golden: Readonly<Record<string, unknown>>;
  /** By which words the names of the golden files begin. */
  readonly sides: { readonly client: string; readonly server: string };
}

/** An AsyncAPI document. */
export type AsyncApiDocument = Json & {
  readonly asyncapi: "3.0.0";
  readonly channels: Json;
  readonly operations: Json;
  readonly components: { readonly messages: Json; readonly securitySchemes: Json };
};

const CHANNEL = "socket";

/** How somebody shows who they are, where the server asks. */
const SECURITY = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A token, or an API key." },
  key: { type: "httpApiKey", in: "header", name: "X-API-Key" },
  address: { type: "httpApiKey", in: "query", name: "token", description: "A token or an API key in the address." },
} as const;

/** The document of a protocol: channel, operations, and each message with its schema and its golden files. */
export function asyncApiDocument(protocol: Protocol): AsyncApiDocument {
  const { title, version, description, host, address, socket, query, received, sent, golden, sides } = protocol;
  const messages = [
    ...received.map((message) => describe(message, { golden, side: sides.client })),
    ...sent.map((message) => describe(message, { golden, side: sides.server })),
  ];
  const names = messages.map(([name]) => name);
  return {
    asyncapi: "3.0.0",
    info: { title, version, description, license: { name: "Apache-2.0" } },
    defaultContentType: "application/json",
    servers: { local: server(host, "ws"), encrypted: server(host, "wss") },
    channels: {
      [CHANNEL]: {
        address,
        description: socket,
        messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: "GET", ...(query && { query: schemaOf(query) }), bindingVersion: "0.1.0" } },
      },
    },
    operations: Object.fromEntries([
      ...received.map((message) => operation(message, { action: "receive", side: sides.client })),
      ...sent.map((message) => operation(message, { action: "send", side: sides.server })),
    ]),
    components: { messages: Object.fromEntries(messages), securitySchemes: SECURITY },
  };
}

const server = (host: string, protocol: "ws" | "wss"): Json => ({
  host,
  protocol,
  description: protocol === "ws" ? "As it starts." : "With a certificate, or behind a proxy that has one.",
  security: Object.keys(SECURITY).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
});

const idOf = (side: string, name: string): string => `${side}.${name}`;

function describe(
  { name, summary, schema }: DescribedMessage,
  { golden, side }: { readonly golden: Readonly<Record<string, unknown>>; readonly side: string },
): [string, Json] {
  const id = idOf(side, name);
  const examples = Object.entries(golden)
    .filter(([file]) => file === id || file.startsWith(`${id}.`))
    .map(([file, payload]) => ({ name: file, payload }));
  return [id, { name, title: name, summary, payload: schemaOf(schema), examples }];
}

function operation(
  { name, summary }: DescribedMessage,
  { action, side }: { readonly action: "send" | "receive"; readonly side: string },
): [string, Json] {
  const message = { $ref: `#/channels/${CHANNEL}/messages/${idOf(side, name)}` };
  return [idOf(action, name), { action, channel: { $ref: `#/channels/${CHANNEL}` }, summary, messages: [message] }];
}

/** What comes over the wire, before defaults are filled in; AsyncAPI's schemas are those of draft 7. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input", target: "draft-07" });
  return json;
}
