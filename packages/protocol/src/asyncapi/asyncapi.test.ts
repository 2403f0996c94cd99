import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as golden from "../golden.ts";
import { ASYNCAPI_NAMES, asyncApi } from "./index.ts";

const reference = z.strictObject({ $ref: z.string().regex(/^#\//) });
const text = z.string().min(1);
const schema = z.looseObject({ type: z.string().optional() });

/** What AsyncAPI 3.0 wants of a document, as far as ours go. */
const Document = z.strictObject({
  asyncapi: z.literal("3.0.0"),
  info: z.strictObject({ title: text, version: text, description: text, license: z.strictObject({ name: text }) }),
  defaultContentType: z.literal("application/json"),
  servers: z.record(
    text,
    z.strictObject({
      host: z.string().regex(/^[\w.]+:\d+$/),
      protocol: z.enum(["ws", "wss"]),
      description: text,
      security: z.array(reference),
    }),
  ),
  channels: z.record(
    z.string().regex(/^\w+$/),
    z.strictObject({
      address: z.string().startsWith("/"),
      description: text,
      messages: z.record(z.string().regex(/^[\w.]+$/), reference),
      bindings: z.strictObject({
        ws: z.strictObject({ method: z.literal("GET"), query: schema.optional(), bindingVersion: z.literal("0.1.0") }),
      }),
    }),
  ),
  operations: z.record(
    z.string().regex(/^[\w.]+$/),
    z.strictObject({
      action: z.enum(["send", "receive"]),
      channel: reference,
      summary: text,
      messages: z.array(reference).min(1),
    }),
  ),
  components: z.strictObject({
    messages: z.record(
      text,
      z.strictObject({
        name: text,
        title: text,
        summary: text,
        payload: schema,
        examples: z.array(z.strictObject({ name: text, payload: z.looseObject({}) })).min(1),
      }),
    ),
    securitySchemes: z.record(text, z.looseObject({ type: z.enum(["http", "httpApiKey"]) })),
  }),
});
type Document = z.infer<typeof Document>;

const files = {
  "wifi-densepose": golden.wifiDensepose,
  "detector-worker": golden.detectorWorker,
  "people-counter": golden.peopleCounter,
} as const;

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => (key === "$ref" ? [String(part)] : referencesIn(part)));
}

const resolve = (document: unknown, path: string): unknown =>
  path
    .slice(2)
    .split("/")
    .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);

describe.each(ASYNCAPI_NAMES)("the document of %s", (name) => {
  const document = asyncApi(name) as unknown as Document;

  it("has the structure of AsyncAPI 3.0, and everything it refers to", () => {
    expect(Document.parse(document)).toEqual(document);
    for (const path of referencesIn(document))
      expect([path, resolve(document, path)]).toEqual([path, expect.any(Object)]);
  });

  it("has an operation for each message", () => {
    const used = Object.values(document.operations).flatMap(({ messages }) => messages.map(({ $ref }) => $ref));
    expect(used).toEqual(Object.keys(document.components.messages).map((id) => `#/channels/socket/messages/${id}`));
  });

  it("is plain JSON", () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("describes every golden message, as it is", () => {
    const ajv = new Ajv({ strict: false, formats: { base64: true } });
    const messages = Object.entries(document.components.messages);
    const sent = Object.entries(files[name]).filter(([file]) => /^(client|server|backend|worker)\./.test(file));
    const shown = messages.flatMap(([, { examples }]) => examples.map((example) => example.name));
    expect(shown.toSorted()).toEqual(sent.map(([file]) => file).toSorted());
    for (const [id, { payload, examples }] of messages) {
      const validate = ajv.compile(payload);
      for (const example of examples) {
        expect([example.name, validate(example.payload), validate.errors]).toEqual([example.name, true, null]);
        expect([id, validate({ ...example.payload, type: "another", error: 7 })]).toEqual([id, false]);
      }
    }
  });
});

it("says what the close codes of the streaming API mean, and what its limits are", () => {
  const { socket } = asyncApi("wifi-densepose").channels as Document["channels"];
  expect(socket?.description).toContain("| 4008 | slow consumer | now |");
  expect(socket?.description).toContain("`unsubscribe`: 10 a minute");
  expect(socket?.bindings.ws.query?.properties).toMatchObject({ compression: {} });
});
