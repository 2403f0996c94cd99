import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ClientMessage,
  ErrorData,
  MAX_POSITIONS,
  MAX_TEXT_BYTES,
  parseClientMessage,
  reconnectAfter,
  ServerMessage,
} from "./schema.ts";

const folder = new URL("./golden/", import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const named = (prefix: string): string[] => readdirSync(folder).filter((name) => name.startsWith(prefix));
const typesOf = (prefix: string) => new Set(named(prefix).map((name) => (golden(name) as { type: string }).type));

describe("the streaming protocol's golden files", () => {
  it.each(named("document."))("%s, as it is printed, is a message of a server", (name) => {
    expect(ServerMessage.parse(golden(name))).toEqual(golden(name));
  });

  it.each(named("server."))("%s is a message of the server, whole, and says whose it is", (name) => {
    expect(ServerMessage.parse(golden(name))).toEqual(golden(name));
    expect(golden(name)).toMatchObject({ timestamp: expect.stringMatching(/\.\d{3}Z$/), metadata: {} });
  });

  it.each(named("client."))("%s is a message of a client, and nothing in it is lost", (name) => {
    expect(parseClientMessage(JSON.stringify(golden(name)))).toEqual({ ok: true, message: golden(name) });
  });

  it.each(named("exchange."))("%s is answered with the error", (name) => {
    const { request, reply } = golden(name) as { request: string; reply: { message: string; details: unknown } };
    const { message, details } = reply;
    expect(parseClientMessage(request)).toEqual({ ok: false, message, details });
    expect(ErrorData.parse(reply)).toEqual(reply);
  });

  it("show every message in both directions: the twenty of the document and auth, analytics_update being a name only", () => {
    const server = ServerMessage.options.map((option) => option.shape.type.value);
    const client = ClientMessage.options.map((option) => option.shape.type.value);
    expect(typesOf("server.")).toEqual(new Set(server));
    expect(typesOf("document.")).toEqual(new Set(server));
    expect(typesOf("client.")).toEqual(new Set(client));
    expect(new Set([...server, ...client, "analytics_update"]).size).toBe(21);
  });

  it("show every error and every answer", () => {
    const shown = named("server.error.").map((name) => (golden(name) as { data: ErrorData }).data.error_code);
    expect(new Set(shown)).toEqual(new Set(ErrorData.options.map((option) => option.shape.error_code.value)));
  });
});

describe("a client's message", () => {
  it.each(["2025-01-07T10:30:00Z", "2025-01-07T10:30:00.123Z", "2025-01-07T10:30:00.123456Z", undefined])(
    "may be of the time %s",
    (timestamp) => {
      expect(parseClientMessage(JSON.stringify({ type: "heartbeat", timestamp })).ok).toBe(true);
    },
  );

  it("may recover as many environments as fit into a message", () => {
    const positions = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        environment_id: `building-b-floor-12-room-${1000 + i}`,
        ...{ epoch: "6f1d0a8c2b3e4f50", offset: 4_000_000_000 },
      }));
    const message = (count: number): string =>
      JSON.stringify({ type: "subscribe", data: { subscriptions: [{}], recover: positions(count) } });
    expect(parseClientMessage(message(MAX_POSITIONS)).ok).toBe(true);
    expect(message(MAX_POSITIONS).length).toBeLessThan(MAX_TEXT_BYTES);
    expect(parseClientMessage(message(MAX_POSITIONS + 1)).ok).toBe(false);
  });

  it("keeps working when a client adds fields of its own", () => {
    const message = { type: "unsubscribe", id: 7, data: { subscription_ids: ["sub_1"], why: "tired" } };
    expect(parseClientMessage(JSON.stringify(message)).ok).toBe(true);
  });

  it("is understood or answered with an error, whatever it holds", () => {
    const type = fc.constantFrom(...ClientMessage.options.map((option) => option.shape.type.value));
    const message = fc.record({ type, data: fc.jsonValue() }, { requiredKeys: ["type"] });
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      message.map((it) => JSON.stringify(it)),
    );
    fc.assert(
      fc.property(text, (it) => {
        const parsed = parseClientMessage(it);
        if (parsed.ok) return;
        const { message: sentence, details } = parsed;
        ErrorData.parse({ error_code: "VALIDATION_ERROR", message: sentence, details });
      }),
    );
  });

  it.each(["[".repeat(60_000), `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`])(
    "nested deeper than anybody can mean is refused",
    (bomb) => {
      expect(parseClientMessage(bomb)).toMatchObject({ ok: false });
    },
  );
});

describe("a close code", () => {
  it.each([
    [1000, "never"],
    [1001, "now"],
    [1006, "now"],
    [1013, "later"],
    [4001, "with-new-credential"],
    [4003, "never"],
    [4008, "now"],
    [4029, "later"],
    [1011, "now"],
  ])("%d says to reconnect: %s", (code, reconnect) => {
    expect(reconnectAfter(code)).toBe(reconnect);
  });
});
