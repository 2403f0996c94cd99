import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { hasSharedData, preparedModels, sharedData } from "@sensorium/testkit";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCoco } from "./coco.ts";
import { judgeDetector } from "./judge-detector.ts";

const cacheFolder = preparedModels();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorium-judge-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("judging a detector", () => {
  const greyPictures = async (classes: readonly string[], size = { width: 64, height: 48 }) => {
    const path = join(folder, "grey.jpg");
    await sharp({ create: { width: 64, height: 48, channels: 3, background: "grey" } })
      .jpeg()
      .toFile(path);
    const truth = {
      count: 2,
      boxes: Float32Array.of(0, 0, 10, 10, 20, 20, 40, 40),
      classes: Uint16Array.of(0, 1),
      crowds: Uint8Array.of(0, 0),
    };
    return { classes, pictures: [{ path, size, truth }] };
  };
  const options = () => ({ model: "centernet", threads: 1, cacheFolder });

  it("leaves out the classes that the model does not know, and says which", async () => {
    const done: number[] = [];
    const set = await greyPictures(["unicorn", "person"]);
    const judged = await judgeDetector(set, { ...options(), onPicture: (count) => done.push(count) });
    expect(judged.unknown).toEqual(["unicorn"]);
    expect(judged.precision).toMatchObject({ ap: 0, classes: [{ classIndex: 1, objects: 1 }] });
    expect(done).toEqual([1]);
  });

  it("refuses a set of which the model knows nothing", async () => {
    const set = await greyPictures(["unicorn", "griffin"]);
    await expect(judgeDetector(set, options())).rejects.toThrow(
      "the model centernet knows none of the classes unicorn, griffin",
    );
  });

  it("refuses a picture of another size than it was labelled at", async () => {
    const set = await greyPictures(["person", "car"], { width: 48, height: 64 });
    await expect(judgeDetector(set, options())).rejects.toThrow(
      "the picture grey.jpg is 64×48 and was labelled at 48×64",
    );
  });
});

interface Known {
  readonly file: string;
  /** How many of the pictures: all, unless that takes too long. */
  readonly pictures?: number;
  readonly ap: number;
  /** Of people, at overlap .5. */
  readonly person?: number;
}

describe.skipIf(!hasSharedData)("on coco128", () => {
  // Figures of all pictures were known beforehand; those of some are this code's, which gives the known ones on all.
  it.each<Known>([
    { file: "detect/yolox_nano.onnx", ap: 0.33, person: 0.66 },
    { file: "detect/FastestDet.onnx", pictures: 48, ap: 0.152 },
    { file: "detect/nanodet_m.onnx", pictures: 48, ap: 0.29 },
    { file: "detect/yolov8n_int8.onnx", pictures: 48, ap: 0.448 },
    { file: "detect/yolo11n_int8.onnx", pictures: 48, ap: 0.313 },
    { file: "pt/yolov5n/yolov5n_fp16.onnx", pictures: 32, ap: 0.425 },
  ])(
    "$file is as precise as it is known to be",
    async ({ file, pictures = 128, ap, person }) => {
      const set = await readCoco(sharedData("images/coco128"));
      const { precision } = await judgeDetector(
        { ...set, pictures: set.pictures.slice(0, pictures) },
        { model: sharedData(`models/${file}`), threads: availableParallelism(), cacheFolder },
      );
      expect(Math.abs((precision.ap ?? 0) - ap)).toBeLessThanOrEqual(0.015);
      if (person === undefined) return;
      const people = precision.classes.find(({ classIndex }) => set.classes[classIndex] === "person");
      expect(Math.abs((people?.ap50 ?? 0) - person)).toBeLessThanOrEqual(0.015);
    },
    120_000,
  );
});
