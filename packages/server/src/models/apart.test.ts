import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runApart } from "./apart.ts";

let outside: string;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "sensorium-apart-"));
});
afterEach(() => rm(outside, { recursive: true }));

const doing = (deed: string) =>
  runApart({
    script: new URL("./answers-badly.fixture.ts", import.meta.url),
    request: { deed, path: join(outside, "escaped") },
    subject: "the model bad.onnx",
    folder: join(outside, "cache"),
    limits: { timeoutMs: 20_000, memoryBytes: 0.5 * 2 ** 30 },
  });

it.each([
  ["crash", "the model bad.onnx crashes the runtime when it is first run (SIGSEGV)"],
  ["abort", "the model bad.onnx crashes the runtime when it is first run (SIGABRT)"],
  ["leave", "the model bad.onnx ends its process when it is first run (exit code 3)"],
  ["grow", "the model bad.onnx needs more than 0.5 GB of memory: it was stopped"],
])("a model that makes its process %s is refused with a sentence", async (deed, sentence) => {
  await expect(doing(deed)).rejects.toMatchObject({ code: "model-invalid", message: sentence });
});

it("the process of a model writes nowhere but into the folder of models", async () => {
  await expect(doing("write")).rejects.toThrow("restricted");
  expect(existsSync(join(outside, "escaped"))).toBe(false);
});

it("the process of a model starts no program", async () => {
  await expect(doing("start")).rejects.toThrow("restricted");
});
