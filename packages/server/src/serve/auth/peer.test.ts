import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { peerFinder, type TrustProxy, throttleKey } from "./peer.ts";

/** A request that came over a connection from `address`. */
function from(address: string, headers: Record<string, string> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: address });
  return Object.assign(new IncomingMessage(socket), { headers });
}

const peer = (address: string, headers: Record<string, string>, trust?: TrustProxy) =>
  peerFinder(trust)(from(address, headers));

describe("without a trusted proxy", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1", true],
    ["127.8.0.1", "127.8.0.1", true],
    ["::1", "::1", true],
    ["::ffff:127.0.0.1", "127.0.0.1", true],
    ["192.168.1.5", "192.168.1.5", false],
    ["fe80::1", "fe80::1", false],
    ["", "", false],
  ])("a connection from %s is %s, on this machine: %s", (address, expected, loopback) => {
    expect(peer(address, {})).toMatchObject({ address: expected, loopback });
  });

  it.each<Record<string, string>>([
    { "x-forwarded-for": "127.0.0.1" },
    { forwarded: "for=127.0.0.1" },
    { "x-real-ip": "203.0.113.7" },
    { "x-forwarded-proto": "https" },
    { via: "1.1 proxy" },
    { "cf-connecting-ip": "203.0.113.7" },
  ])("a proxy on this machine gives itself away by %o: then nobody is on this machine", (headers) => {
    expect(peer("127.0.0.1", headers)).toEqual({ address: "127.0.0.1", loopback: false, encrypted: false });
  });
});

describe("behind proxies", () => {
  it.each<[TrustProxy, string, string, string]>([
    [1, "10.0.0.1", "203.0.113.7", "203.0.113.7"],
    [1, "10.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7"],
    [2, "10.0.0.1", "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"],
    [2, "10.0.0.1", "203.0.113.7", "10.0.0.1"],
    [1, "127.0.0.1", "203.0.113.7:4711", "203.0.113.7"],
    [1, "127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    [1, "10.0.0.1", "unknown", "10.0.0.1"],
    [1, "10.0.0.1", "", "10.0.0.1"],
    [["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 203.0.113.7, 10.2.3.4", "203.0.113.7"],
    [["10.0.0.0/8"], "192.168.1.5", "203.0.113.7", "192.168.1.5"],
    [["::1", "127.0.0.1"], "::1", "203.0.113.7", "203.0.113.7"],
  ])("trusting %o, %s that speaks for %j is %s", (trust, address, forwarded, expected) => {
    expect(peer(address, { "x-forwarded-for": forwarded }, trust).address).toBe(expected);
  });

  it("nobody counts as being on this machine", () => {
    const local = { "x-forwarded-for": "127.0.0.1" };
    expect(peer("127.0.0.1", local, 1).loopback).toBe(false);
    expect(peer("127.0.0.1", {}, 1).loopback).toBe(false);
    expect(peer("127.0.0.1", local, ["127.0.0.1"]).loopback).toBe(false);
    expect(peer("::1", {}, ["127.0.0.1"]).loopback).toBe(true);
  });

  it("only a trusted proxy is believed that the way is encrypted", () => {
    const headers = { "x-forwarded-proto": "https" };
    expect(peer("10.0.0.1", headers, ["10.0.0.1"]).encrypted).toBe(true);
    expect(peer("10.0.0.2", headers, ["10.0.0.1"]).encrypted).toBe(false);
    expect(peer("10.0.0.1", headers).encrypted).toBe(false);
  });

  it.each(["proxy", "10.0.0.0/33", "10.0.0.0/x", "::1/129", ""])("%j is refused as the address of one", (entry) => {
    expect(() => peerFinder([entry])).toThrow("is no address or subnet of a proxy");
  });
});

it.each([
  ["192.168.1.5", "192.168.1.5"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8"],
])("attempts from %s are counted as those of %s", (address, key) => {
  expect(throttleKey({ address, loopback: false, encrypted: false })).toBe(key);
});
