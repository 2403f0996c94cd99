import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClientRequest, ErrorText, MAX_FACE_LIMIT, parseRequest, ServerMessage } from "./schema.ts";

const folder = new URL("./golden/", import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const named = (prefix: string): string[] => readdirSync(folder).filter((name) => name.startsWith(prefix));

describe("the people counter's golden files", () => {
  it.each(named("server."))("%s is a message of the server, whole", (name) => {
    expect(ServerMessage.parse(golden(name))).toEqual(golden(name));
  });

  it.each(named("client."))("%s is a request", (name) => {
    expect(parseRequest(JSON.stringify(golden(name)))).toMatchObject({ ok: true });
  });

  it.each(named("exchange."))("%s is answered with a message of the server", (name) => {
    const { request, reply } = golden(name) as { request: string; reply: { error: string; type?: string } };
    expect(ServerMessage.parse(reply)).toEqual(reply);
    const parsed = parseRequest(request);
    if (reply.type === undefined) expect(parsed).toEqual({ ok: false, error: reply.error });
    else expect(parsed.ok).toBe(true);
  });
});

const limitOf = (limit: unknown): unknown => {
  const parsed = parseRequest(JSON.stringify({ type: "get_all_faces", limit }));
  return parsed.ok ? (parsed.request as { limit: number }).limit : parsed.error;
};

describe("a request to the people counter", () => {
  it.each([
    [undefined, 50],
    [0, 0],
    [7, 7],
    ["7", 7],
    [1e9, MAX_FACE_LIMIT],
    ["1000000000", MAX_FACE_LIMIT],
    [1e300, MAX_FACE_LIMIT],
    [-1, ErrorText.invalidFormat],
    ["-1", ErrorText.invalidFormat],
    ["x", ErrorText.invalidFormat],
    ["", ErrorText.invalidFormat],
    [2.5, ErrorText.invalidFormat],
    [true, ErrorText.invalidFormat],
    [[5], ErrorText.invalidFormat],
  ])("with limit %j means %j", (limit, expected) => {
    expect(limitOf(limit)).toEqual(expected);
  });

  it("takes the digits of a face_id for the number", () => {
    expect(parseRequest('{"type":"get_face","face_id":"0042"}')).toEqual({
      ok: true,
      request: { type: "get_face", face_id: 42 },
    });
  });

  it("keeps working when a client adds fields of its own", () => {
    expect(parseRequest('{"type":"get_face","face_id":1,"note":"x"}')).toMatchObject({ ok: true });
  });

  it("is understood or answered with a documented text, whatever it holds", () => {
    const texts: unknown[] = [ErrorText.invalidJson, ErrorText.unknownType, ErrorText.invalidFormat];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseRequest(text);
        if (parsed.ok) ClientRequest.parse(parsed.request);
        else expect(texts).toContain(parsed.error);
      }),
    );
  });
});
