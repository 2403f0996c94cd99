import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileOrigin, findModel } from "./catalogue.ts";
import type { GivenManifest } from "./given-manifest.ts";
import { prepareModel } from "./prepare.ts";
import { prepareApart } from "./prepare-apart.ts";
import { tensorFlowGraph, tinyOnnx } from "./tiny-onnx.fixture.ts";

/** All that has to be known of a detector. */
const COMPLETE: GivenManifest = {
  classes: ["fork-lift"],
  thresholds: { low: 0.1, high: 0.5, start: 0.6 },
  input: {
    ...{ width: 32, height: 32, fit: "stretch", pad: 0, order: "rgb" },
    ...{ mean: [0, 0, 0], std: [1, 1, 1], layout: "nchw" },
  },
};

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
    ["a text file", "hello, I am not a model", "The file is not an ONNX model."],
    ["an empty file", "", ""],
    ["a TensorFlow graph", tensorFlowGraph(), "it is a TensorFlow graph: export it as ONNX"],
    ["a Keras model", "\u0089HDF\r\n", "it is a Keras model (HDF5): export it as ONNX"],
    ["a web page", "\n<!DOCTYPE html><html>", "it is a web page"],
    ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:00", "it is a pointer of Git LFS"],
    ["a model that was cut short", tinyOnnx().subarray(0, 150), ""],
    ["a model that gives NaN", tinyOnnx("gives NaN"), "its output output holds what is not a number (NaN)"],
    ["a model that gives infinity", tinyOnnx("gives infinity"), "its output output holds an infinite number"],
  ])("refuses %s named .onnx with a sentence, and keeps nothing of it", async (_, content, sentence) => {
    const path = join(folder, "bad.onnx");
    await writeFile(path, typeof content === "string" ? Buffer.from(content, "latin1") : content);
    const refused = prepareModel(findModel(path), join(folder, "cache"));
    await expect(refused).rejects.toThrow(`the model bad.onnx cannot be used: ${sentence}`);
    expect(await readdir(join(folder, "cache")).catch(() => [])).toEqual([]);
  });

  it("stops a model that does not come back from its first picture, and keeps nothing of it", async () => {
    const path = join(folder, "bad.onnx");
    await writeFile(path, tinyOnnx("hangs"));
    const cache = join(folder, "cache");
    const refused = prepareApart(findModel(path), cache, { timeoutMs: 5000, memoryBytes: 2 ** 30 });
    await expect(refused).rejects.toThrow("the model bad.onnx is not ready within 5 s: it was stopped");
    expect(await readdir(cache)).toEqual([]);
  });

  it("says in another process what it says in this one", async () => {
    const path = join(folder, "bad.onnx");
    await writeFile(path, tinyOnnx("gives NaN"));
    await expect(prepareApart(findModel(path), join(folder, "cache"))).rejects.toMatchObject({
      code: "model-invalid",
      message:
        "the model bad.onnx cannot be used: its output output holds what is not a number (NaN) on the first picture",
    });
  });

  it("takes what is given instead of what the file tells", async () => {
    const path = join(folder, "tiny.onnx");
    await writeFile(path, tinyOnnx());
    const given = {
      classes: ["fork-lift"],
      licence: "MIT",
      thresholds: { high: 0.9 },
      input: { order: "rgb" as const },
    };
    const told = await prepareModel(findModel(path), folder);
    const { manifest } = await prepareModel({ ...fileOrigin(path), given }, folder);
    expect(manifest).toEqual({
      ...told.manifest,
      ...{ classes: ["fork-lift"], licence: "MIT" },
      thresholds: { ...(told.manifest as { thresholds?: object }).thresholds, high: 0.9 },
      input: { ...told.manifest.input, order: "rgb" },
    });
  });

  it.each([
    ["says too little", { family: "nanodet" as const }, "what is known of it is not enough: input.width: "],
    ["contradicts its outputs", { family: "nanodet" as const, ...COMPLETE }, ""],
  ])("refuses a model whose manifest %s", async (_, given, sentence) => {
    const path = join(folder, "tiny.onnx");
    await writeFile(path, tinyOnnx());
    const refused = prepareModel({ ...fileOrigin(path), given }, folder);
    await expect(refused).rejects.toThrow(`the model tiny.onnx cannot be used: ${sentence}`);
    expect(await readdir(folder)).toEqual(["tiny.onnx"]);
  });

  it("refuses class names that are not as many as the model's classes", async () => {
    const path = join(folder, "tiny.onnx");
    await writeFile(path, tinyOnnx());
    const wrong = prepareModel({ ...fileOrigin(path), given: { classes: ["fork-lift", "person"] } }, folder);
    await expect(wrong).rejects.toThrow("2 class names are given and it tells 1 classes apart");
  });

  it("refuses a model that does not exist, naming the bundled ones", () => {
    expect(() => findModel("/nowhere/model.onnx")).toThrow(
      "neither a file nor a bundled model (centernet, movenet-lightning, blazeface, faceres)",
    );
  });
});

describe.skipIf(!hasSharedData)("preparing a checkpoint", () => {
  it("makes a detector of YOLOv5's .pt, with its classes and its licence", async () => {
    const { manifest } = await prepareApart(findModel(sharedData("models/pt/yolov5n/yolov5n.pt")), folder);
    expect(manifest).toMatchObject({ name: "yolov5n", task: "detect", family: "yolov5" });
    expect("classes" in manifest && manifest.classes.slice(0, 3)).toEqual(["person", "bicycle", "car"]);
  });

  it("refuses a network that is not known, naming its module", async () => {
    const loading = prepareApart(findModel(sharedData("models/pt/leyolo-nano/LeYOLONano.pt")), folder);
    await expect(loading).rejects.toThrow(/the model LeYOLONano\.pt cannot be used: .*mn_conv/i);
  });
});
