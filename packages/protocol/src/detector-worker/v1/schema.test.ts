import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BackendMessage,
  cropOf,
  displayOf,
  ErrorMessage,
  parseBackendMessage,
  Subscription,
  sourceOf,
  WorkerMessage,
} from "./schema.ts";

const folder = new URL("./golden/", import.meta.url);
const golden = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const named = (prefix: string): string[] => readdirSync(folder).filter((name) => name.startsWith(prefix));
const typesOf = (prefix: string): unknown =>
  new Set(named(prefix).map((name) => (golden(name) as { type: string }).type));

describe("the detector worker's golden files", () => {
  it.each(named("worker."))("%s is a message of the worker, whole", (name) => {
    expect(WorkerMessage.parse(golden(name))).toEqual(golden(name));
  });

  it.each(named("backend."))("%s is a message of the backend, and nothing in it is lost", (name) => {
    expect(parseBackendMessage(JSON.stringify(golden(name)))).toEqual({
      ok: true,
      message: golden(name),
      refused: [],
    });
  });

  it.each(named("exchange."))("%s is answered with the error", (name) => {
    const { request, reply } = golden(name) as { request: string; reply: unknown };
    const parsed = parseBackendMessage(request);
    expect(parsed.ok ? parsed.refused : [parsed.error]).toEqual([reply]);
    expect(ErrorMessage.parse(reply)).toEqual(reply);
  });

  it("show every message in both directions", () => {
    expect(typesOf("worker.")).toEqual(new Set(WorkerMessage.options.map((option) => option.shape.type.value)));
    expect(typesOf("backend.")).toEqual(new Set(BackendMessage.options.map((option) => option.shape.type.value)));
  });
});

const subscription = (fields: object): Subscription =>
  Subscription.parse({ subscriptionIdentifier: "display;cam", rtspUrl: "rtsp://192.0.2.1/", ...fields });

describe("a subscription", () => {
  const rtspUrl = "rtsp://192.0.2.1/";
  const snapshotUrl = "http://192.0.2.1/a.jpg";

  it.each([
    ["RTSP alone", {}, { kind: "rtsp", url: rtspUrl }],
    [
      "a snapshot with an interval wins",
      { snapshotUrl, snapshotInterval: 500 },
      { kind: "snapshot", url: snapshotUrl, intervalMs: 500 },
    ],
    ["a snapshot without one does not", { snapshotUrl }, { kind: "rtsp", url: rtspUrl }],
    ["nor with an interval of 0", { snapshotUrl, snapshotInterval: 0 }, { kind: "rtsp", url: rtspUrl }],
    ["an empty address is none", { snapshotUrl: "", snapshotInterval: 500 }, { kind: "rtsp", url: rtspUrl }],
  ])("takes its pictures from one source: %s", (_, fields, expected) => {
    expect(sourceOf(subscription(fields))).toEqual(expected);
  });

  it("is cropped only when all four edges are there", () => {
    expect(cropOf(subscription({ cropX1: 0, cropY1: 0, cropX2: 5, cropY2: 6 }))).toEqual({
      x1: 0,
      y1: 0,
      x2: 5,
      y2: 6,
    });
    expect(cropOf(subscription({ cropX1: 0, cropY1: null, cropX2: 5, cropY2: 6 }))).toBeUndefined();
  });

  it("belongs to the display before the semicolon", () => {
    expect(displayOf("display-001;cam-001")).toBe("display-001");
  });
});

describe("a backend's message", () => {
  it("keeps the good subscriptions of a list", () => {
    const { request } = golden("exchange.list-with-one-bad.json") as { request: string };
    const parsed = parseBackendMessage(request);
    expect(parsed).toMatchObject({
      ok: true,
      message: { subscriptions: [{ subscriptionIdentifier: "display-001;cam-001" }] },
    });
  });

  it("is understood or answered with an error, whatever it holds", () => {
    const type = fc.constantFrom(...BackendMessage.options.map((option) => option.shape.type.value));
    const message = fc.record(
      { type, payload: fc.jsonValue(), subscriptions: fc.jsonValue() },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          message.map((it) => JSON.stringify(it)),
        ),
        (text) => {
          const parsed = parseBackendMessage(text);
          for (const error of parsed.ok ? parsed.refused : [parsed.error]) ErrorMessage.parse(error);
        },
      ),
    );
  });
});
