import { describe, expect, it } from "vitest";
import { allowsHost, allowsPage, isSameOrigin } from "./access.ts";

const loopback = { host: "127.0.0.1", hosts: ["counter.shop.example"] };
const everywhere = { host: "0.0.0.0", hosts: [] };

describe("the Host header", () => {
  it.each([
    ["localhost:8000", true],
    ["127.0.0.1:8000", true],
    ["127.8.0.1", true],
    ["[::1]:8000", true],
    ["LOCALHOST:8000", true],
    ["shop.localhost:8000", true],
    ["counter.shop.example:8000", true],
    ["rebound.example:8000", false],
    ["127.0.0.1.rebound.example", false],
    ["localhost.rebound.example", false],
    ["192.168.1.5:8000", false],
    ["", false],
    [undefined, false],
    ["a b", false],
  ])("%s of a port on loopback: %s", (header, allowed) => {
    expect(allowsHost(header, loopback)).toBe(allowed);
  });

  it.each([
    ["192.168.1.5:8000", true],
    ["[fe80::1]:8000", true],
    ["localhost:8000", true],
    ["rebound.example:8000", false],
  ])("%s of a port on all addresses: %s", (header, allowed) => {
    expect(allowsHost(header, everywhere)).toBe(allowed);
  });
});

describe("the Origin header", () => {
  it.each([
    [undefined, true],
    ["http://localhost:8000", true],
    ["http://localhost:3000", false],
    ["http://127.0.0.1:8000", false],
    ["null", false],
    ["https://evil.example", false],
  ])("%s is the page's own server: %s", (origin, same) => {
    expect(isSameOrigin({ ...(origin && { origin }), host: "localhost:8000" })).toBe(same);
  });

  it.each([
    [undefined, true],
    ["null", true],
    ["file://", true],
    ["http://localhost:3000", true],
    ["https://ui.shop.example", true],
    ["http://192.168.1.5:8765", true],
    ["https://evil.example", false],
    ["https://localhost.evil.example", false],
    ["rubbish", false],
  ])("%s may use a protocol that is open to pages: %s", (origin, allowed) => {
    const headers = { ...(origin && { origin }), host: "192.168.1.5:8765" };
    expect(allowsPage(headers, ["https://ui.shop.example"])).toBe(allowed);
  });
});
