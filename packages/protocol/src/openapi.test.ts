import { describe, expect, it } from "vitest";
import { endpoints } from "./http/endpoints.ts";
import { spanOf } from "./http/query.ts";
import { openApiDocument } from "./openapi.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, object>>;
}

const document = openApiDocument({ version: "1.2.3" });
const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every `$ref` in a value, however deep. */
const refsIn = (value: unknown): string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => (key === "$ref" ? [String(inner)] : refsIn(inner)));

const at = (pointer: string): unknown =>
  pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], document);

describe("the OpenAPI document", () => {
  it("has every endpoint under a name of its own", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(operations.map(({ operation }) => operation.operationId).sort()).toEqual(Object.keys(endpoints).sort());
  });

  it("refers only to what is in it", () => {
    const refs = [...new Set(refsIn(document))];
    expect(refs.length).toBeGreaterThan(10);
    for (const ref of refs) expect([ref, at(ref)]).toEqual([ref, expect.any(Object)]);
  });

  it("names every part of every address, and no other", () => {
    for (const { path, operation } of operations) {
      const named = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(named.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(named.every(({ required }) => required)).toBe(true);
    }
  });

  it("asks for credentials everywhere but where nothing is needed", () => {
    const open = operations.filter(({ operation }) => operation.security.length === 0).map(({ path }) => path);
    const needless = Object.values(endpoints).filter(({ needs }) => needs === "nothing");
    expect(open).toEqual(needless.map(({ path }) => path));
    expect(paths["/pose/latest"]?.get?.responses).toHaveProperty("401");
  });

  it("has examples that the endpoints take", () => {
    for (const endpoint of Object.values(endpoints)) {
      if (!("example" in endpoint) || !endpoint.body) continue;
      expect([endpoint.path, endpoint.body.safeParse(endpoint.example).success]).toEqual([endpoint.path, true]);
    }
  });

  it("holds nothing that JSON cannot", () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

describe("a span of time", () => {
  const now = Date.parse("2025-03-01T00:00:00Z");
  const span = (start_time?: string, end_time?: string) =>
    spanOf({ ...(start_time && { start_time }), ...(end_time && { end_time }) }, now);

  it.each([
    ["reversed", "2025-01-02T00:00:00Z", "2025-01-01T00:00:00Z", "end_time", "must be later than start_time"],
    ["empty", "2025-01-02T00:00:00Z", "2025-01-02T01:00:00+01:00", "end_time", "must be later than start_time"],
    ["that has not begun", "2025-03-02T00:00:00Z", undefined, "start_time", "must be in the past"],
    ["of a year", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "end_time", "must be within 92 days of start_time"],
  ])("%s is refused with a reason", (_, from, to, field, reason) => {
    expect(span(from, to)).toEqual({ field, reason });
  });

  it("ends now and is a day long unless it says otherwise", () => {
    expect(span()).toEqual({ fromMs: now - 86_400_000, toMs: now });
  });
});
