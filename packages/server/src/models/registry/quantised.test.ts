import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Detections } from "@sensorium/protocol";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyOnnx } from "../tiny-onnx.fixture.ts";
import { addModel } from "./add.ts";
import { agreementOf } from "./agreement.ts";
import { isWorthIt, type Quantised } from "./quantised.ts";
import { verifyModel } from "./verify.ts";

let home: string;
let models: string;
let pictures: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sensorium-quantised-"));
  models = join(home, "models");
  pictures = join(home, "pictures");
  await mkdir(pictures);
});
afterEach(() => rm(home, { recursive: true }));

/** Detections of 10×10 pixels beside one another: class and score of each. */
function found(...each: readonly (readonly [classIndex: number, score: number])[]): Detections {
  return {
    count: each.length,
    boxes: Float32Array.from(each.flatMap((_, i) => [20 * i, 0, 20 * i + 10, 10])),
    scores: Float32Array.from(each, ([, score]) => score),
    classes: Uint16Array.from(each, ([classIndex]) => classIndex),
  };
}

describe("the agreement of a detector with one that is trusted", () => {
  const trusted = found([0, 0.9], [0, 0.7], [0, 0.2]);

  it.each<[string, Detections, number]>([
    ["is whole when it finds the same", trusted, 1],
    ["is whole when it only scores otherwise", found([0, 0.6], [0, 0.5]), 1],
    ["does not suffer from what the other was not sure of", found([0, 0.9], [0, 0.7]), 1],
    ["is half when it misses one of two", found([0, 0.9]), 0.5],
    ["is nothing when it takes all for something else", found([1, 0.9], [1, 0.8]), 0],
  ])("%s", (_, other, expected) => {
    expect(agreementOf([{ trusted, other }], 0.5)).toBeCloseTo(expected, 1);
  });

  it("is not known when the trusted one is sure of nothing", () => {
    expect(agreementOf([{ trusted: found([0, 0.2]), other: trusted }], 0.5)).toBeNull();
  });
});

it.each([
  ["a tenth faster and nearly the same", { floatMs: 50, bytesMs: 45, agreement: 0.95 }, true],
  ["hardly faster", { floatMs: 50, bytesMs: 46, agreement: 1 }, false],
  ["fast, and finds something else", { floatMs: 50, bytesMs: 20, agreement: 0.89 }, false],
  ["fast, and cannot be compared", { floatMs: 50, bytesMs: 20, agreement: null }, false],
])("a model in 8-bit integers that is %s is kept: %#", (_, measured, expected) => {
  expect(isWorthIt(measured)).toBe(expected);
});

describe("a model that is added with a folder of pictures", () => {
  async function addTiny(): Promise<{ readonly file: string; readonly calibration: Quantised | undefined }> {
    const from = join(home, "tiny.onnx");
    await writeFile(from, tinyOnnx());
    let calibration: Quantised | undefined;
    const onCalibration = (result?: Quantised): void => {
      calibration = result;
    };
    const { record } = await addModel({ from, models, calibrate: pictures, onCalibration });
    return { file: record.file, calibration };
  }

  it("is not added when there are too few of them", async () => {
    await expect(addTiny()).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("holds 0 pictures; at least 8"),
    });
    await rm(pictures, { recursive: true });
    await expect(addTiny()).rejects.toThrow("cannot be read");
    await mkdir(pictures);
  });

  it("stays in float when nothing of it can be computed on bytes, and says so", async () => {
    const grey = await sharp({ create: { width: 32, height: 32, channels: 3, background: "#808080" } }).png();
    for (let index = 0; index < 8; index++) await grey.clone().toFile(join(pictures, `${index}.png`));
    const { file, calibration } = await addTiny();
    expect(file).toBe("tiny.onnx");
    expect(calibration).toMatchObject({
      file: null,
      line: expect.stringContaining("stays in float: "),
      measured: null,
    });
  });

  it.runIf(hasSharedData)("is compared with itself on others of them, and kept as what is better here", async () => {
    const from = sharedData("models/pt/yolov5n/yolov5n.pt");
    const names = (await readdir(sharedData("images/coco128/val2017"))).sort().slice(0, 16);
    for (const name of names) await copyFile(sharedData(`images/coco128/val2017/${name}`), join(pictures, name));
    const results: (Quantised | undefined)[] = [];
    const added = await addModel({
      from,
      models,
      calibrate: pictures,
      onCalibration: (result) => results.push(result),
    });
    const [before, result] = results;
    expect(before).toBeUndefined();
    expect(result?.measured?.agreement).toBeGreaterThan(0.8);
    expect(result?.file).toBe(result?.measured && isWorthIt(result.measured) ? "yolov5n.int8.onnx" : null);
    expect(added.record.file).toBe(result?.file ?? "yolov5n.pt");
    expect(added.record.manifest).toMatchObject({ name: "yolov5n", task: "detect", family: "yolov5" });
    expect((await readdir(added.folder)).sort()).toEqual(["manifest.json", added.record.file].sort());
    expect(await verifyModel(models, "yolov5n")).toEqual({ name: "yolov5n", problem: null });
  });
});
