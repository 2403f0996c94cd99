import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ScriptedServer } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterAll, expect, it } from "vitest";
import { Bench } from "./captures.ts";

const LAUNCHER = new URL("../../packages/server/bin/child.mjs", import.meta.url).href;
const FIXTURE = fileURLToPath(new URL("./hung-opens.fixture.ts", import.meta.url));

const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

it("four cameras that do not answer do not hold up a fifth", async () => {
  const size = { width: 64, height: 64 };
  const clip = await makeClip({ path: bench.path("clip.mp4"), seconds: 1, fps: 10, size });
  await using silent = await ScriptedServer.listen("silent");
  // What the command does before it starts: the width of libuv's pool is read once.
  const launcher = (await import(LAUNCHER)) as { widenThreadPool(): void };
  launcher.widenThreadPool();
  const { stdout } = await promisify(execFile)(process.execPath, [FIXTURE, String(silent.port), clip]);
  expect(JSON.parse(stdout)).toEqual({ frames: 10, hungStillOpening: true });
});
