import { readdirSync, readFileSync } from "node:fs";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, parsePackedClientMessage } from "./msgpack.ts";
import { parseClientMessage } from "./schema.ts";

const folder = new URL("./golden/", import.meta.url);
const packed = new URL("./golden/msgpack/", import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
const names = readdirSync(packed).map((name) => name.replace(".msgpack", ""));
const bytesOf = (name: string): Buffer => readFileSync(new URL(`${name}.msgpack`, packed));

describe("the golden files in MessagePack", () => {
  it.each(names)("%s says what the one in JSON says", (name) => {
    expect(decodeMessage(bytesOf(name))).toEqual(golden(name));
  });

  it.each(names.filter((name) => name.startsWith("client.")))("%s is a message of a client", (name) => {
    expect(parsePackedClientMessage(bytesOf(name))).toEqual({ ok: true, message: golden(name) });
    expect(encodeMessage(golden(name))).toEqual(new Uint8Array(bytesOf(name)));
  });
});

describe("a message in MessagePack", () => {
  it("means what it means in JSON, whatever it holds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 9 }), fc.jsonValue({ depthSize: "small" })), (value) => {
        fc.pre(!JSON.stringify(value).includes("__proto__"));
        const text = JSON.stringify(value);
        expect(parsePackedClientMessage(encodeMessage(JSON.parse(text)))).toEqual(parseClientMessage(text));
      }),
      { numRuns: 200 },
    );
  });

  it("leaves out what JSON leaves out", () => {
    expect(decodeMessage(encodeMessage({ type: "heartbeat", data: undefined }))).toEqual({ type: "heartbeat" });
  });

  it("is understood or answered with an error, whatever its bytes are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parsePackedClientMessage(bytes)));
  });

  const array32 = (length: number): number[] => [0xdd, ...new Uint8Array(new Uint32Array([length]).buffer).reverse()];
  it.each<[string, Uint8Array]>([
    ["that ends too early", encode({ type: "heartbeat" }).subarray(0, 8)],
    ["with another behind it", new Uint8Array([...encode({ type: "heartbeat" }), 0x80])],
    ["of four billion items", new Uint8Array([0x81, 0xa1, 0x61, ...array32(0xffffffff)])],
    ["of lists in lists", new Uint8Array([0x81, 0xa4, ...Buffer.from("type"), ...Array(60_000).fill(0x91), 0xc0])],
    ["of long lists in long lists", new Uint8Array(Array.from({ length: 12_000 }, () => array32(0x10000)).flat())],
    ["of lists as long as may be", new Uint8Array(Array.from({ length: 20_000 }, () => [0xdc, 0x00, 0x80]).flat())],
    ["of a text of four gigabytes", new Uint8Array([0x81, 0xdb, 0xff, 0xff, 0xff, 0xff, 0x61])],
    ["with a time of its own kind", encode({ type: "heartbeat", timestamp: new Date(0) })],
    ["with bytes", encode({ type: "heartbeat", data: { it: new Uint8Array(3) } })],
    ["whose key is a prototype", encode(JSON.parse('{"type": "heartbeat", "__proto__": {}}'))],
    ["that is a list", encode([1, 2])],
    ["that is nothing", new Uint8Array()],
  ])("%s is refused", (_, bytes) => {
    expect(parsePackedClientMessage(bytes)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^The message/),
    });
  });
});

it("a message nested deeper than anybody can mean is refused in JSON too, wherever it is", () => {
  const bomb = "[".repeat(30_000) + "]".repeat(30_000);
  for (const text of [
    `{"type":${bomb}}`,
    `{"type":"update_subscription","data":{"subscription_id":"a","x":${bomb}}}`,
  ]) {
    expect(parseClientMessage(text)).toMatchObject({ ok: false, message: "The message is nested too deep" });
  }
});
