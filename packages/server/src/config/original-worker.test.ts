import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { composeConfig } from "./config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "original-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const original = { poll_interval_ms: 100, max_streams: 5, target_fps: 2, reconnect_interval_sec: 5, max_retries: -1 };

/** What the worker is told by a file of ours beside a config.json of the original's. */
function workerOf(config: unknown, more = "") {
  writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  const text = `cameras: {}\nworker:\n  originalConfig: config.json\n${more}`;
  return composeConfig({ file: { path: join(folder, "sensorium.yaml"), text }, environment: {} }).worker;
}

describe("the original worker's config.json", () => {
  it("is read as it is", () => {
    expect(workerOf(original)).toMatchObject({
      ...{ maxStreams: 5, targetFps: 2 },
      reconnect: { firstMs: 5_000, capMs: 5_000 },
    });
    expect(workerOf(original).reconnect).not.toHaveProperty("maxRetries");
  });

  it.each([
    ["the slower of target_fps and poll_interval_ms", { target_fps: 25, poll_interval_ms: 200 }, { targetFps: 5 }],
    ["retries that end", { max_retries: 3 }, { reconnect: { maxRetries: 3 } }],
    ["nothing of what it leaves out", { logging: "debug" }, { targetFps: 10, maxStreams: 100, reconnect: undefined }],
  ])("says %s", (_, config, expected) => {
    expect(workerOf(config)).toMatchObject(expected);
  });

  it("gives way to what our own file says", () => {
    expect(workerOf(original, "  maxStreams: 7\n")).toMatchObject({ maxStreams: 7, targetFps: 2 });
  });

  it.each([
    [{ max_streams: "five" }, /worker\.originalConfig: .*config\.json: max_streams /],
    ["{", /worker\.originalConfig: .*config\.json cannot be read: /],
  ])("that is wrong is named with its place: %j", (config, sentence) => {
    expect(() => workerOf(config)).toThrow(sentence);
  });
});
