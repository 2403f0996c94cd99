import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findModel } from "./catalogue.ts";
import { prepareModel } from "./prepare.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorium-models-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("preparing a model", () => {
  it("converts the bundled detector once and then only checks it", async () => {
    const first = await prepareModel(findModel("centernet"), folder);
    const made = await stat(first.path);
    const second = await prepareModel(findModel("centernet"), folder);
    expect(second).toEqual(first);
    expect((await stat(second.path)).mtimeMs).toBe(made.mtimeMs);
    expect(first.manifest).toMatchObject({ name: "centernet", family: "centernet", licence: "MIT" });
    expect(await readdir(folder)).toEqual([first.key]);
  });

  it("makes an entry again that was damaged on the disk", async () => {
    const { path } = await prepareModel(findModel("centernet"), folder);
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, 1000));
    await prepareModel(findModel("centernet"), folder);
    expect((await readFile(path)).equals(whole)).toBe(true);
  });

  it.each([
    [
      "a text file named .onnx",
      "hello, I am not a model",
      "the model bad.onnx cannot be used: The file is not an ONNX model.",
    ],
    ["an empty file", "", "the model bad.onnx cannot be used"],
  ])("refuses %s with a sentence that names it", async (_, content, sentence) => {
    const path = join(folder, "bad.onnx");
    await writeFile(path, content);
    await expect(prepareModel(findModel(path), join(folder, "cache"))).rejects.toThrow(sentence);
  });

  it("refuses a model that does not exist, naming the bundled ones", () => {
    expect(() => findModel("/nowhere/model.onnx")).toThrow("neither a file nor a bundled model (centernet)");
  });
});
