import type { ModelDescription } from "@sensorium/model-import";
import { describe, expect, it } from "vitest";
import { COCO_CLASSES } from "./coco-classes.ts";
import { recognise } from "./index.ts";

interface Shapes {
  readonly input?: readonly (number | string)[];
  readonly outputs: readonly (readonly (number | string)[])[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const description = ({ input = [1, 3, 640, 640], outputs, metadata = {} }: Shapes): ModelDescription => ({
  irVersion: 8,
  opset: 11,
  producer: { name: "", version: "" },
  metadata,
  inputs: [{ name: "images", type: "float32", shape: input }],
  outputs: outputs.map((shape, i) => ({ name: `out${i}`, type: "float32", shape })),
});

const small = [1, 3, 416, 416] as const;
const nanodetOutputs = (classes: number, bins: number) => [
  ...[2704, 676, 169].map((cells) => [1, cells, classes]),
  ...[2704, 676, 169].map((cells) => [1, cells, 4 * bins]),
];

describe("recognising a model", () => {
  it.each<[string, string, Shapes]>([
    ["yolox", "one row per cell", { input: small, outputs: [[1, 3549, 85]] }],
    ["yolox", "of one class", { input: small, outputs: [[1, 3549, 6]] }],
    ["yolov5", "three rows per cell", { outputs: [[1, 25200, 85]] }],
    ["yolov5", "of one class", { outputs: [[1, 25200, 6]] }],
    [
      "yolov5",
      "with a fourth map",
      { input: [1, 3, 1280, 1280], outputs: [[1, 102000, 85]], metadata: { stride: "64" } },
    ],
    ["yolov8", "one column per cell", { outputs: [[1, 84, 8400]] }],
    ["yolov8", "of one class, not square", { input: [1, 3, 384, 640], outputs: [[1, 5, 5040]] }],
    ["nanodet", "two outputs per stride", { input: small, outputs: nanodetOutputs(80, 8) }],
    ["nanodet", "with as many classes as distances", { input: small, outputs: nanodetOutputs(32, 8) }],
    ["fastestdet", "one map at stride 16", { input: [1, 3, 352, 352], outputs: [[1, 85, 22, 22]] }],
    ["end2end", "300 rows of six", { outputs: [[1, 300, 6]] }],
    [
      "end2end",
      "any number of rows, when the metadata says so",
      { outputs: [[1, "n", 6]], metadata: { args: "{'nms': True}" } },
    ],
    ["classifier", "ImageNet's 1000", { input: [1, 3, 224, 224], outputs: [[1, 1000]] }],
    [
      "classifier",
      "as many classes as its metadata names",
      { input: [1, 3, 64, 64], outputs: [[1, 2]], metadata: { names: "['sitting', 'standing']", task: "classify" } },
    ],
    ["movenet", "17 keypoints", { input: [1, 3, 192, 192], outputs: [[1, 1, 17, 3]] }],
    [
      "yolo-pose",
      "boxes with keypoints",
      { outputs: [[1, 56, 8400]], metadata: { task: "pose", kpt_shape: "[17, 3]" } },
    ],
    [
      "blazepose",
      "39 landmarks of five values",
      {
        input: [1, 3, 256, 256],
        outputs: [
          [1, 195],
          [1, 1],
        ],
      },
    ],
    [
      "blazeface",
      "two maps of anchors",
      {
        input: [1, 3, 256, 256],
        outputs: [
          [1, 384, 16],
          [1, 512, 1],
          [1, 384, 1],
          [1, 512, 16],
        ],
      },
    ],
    [
      "ultra-light",
      "scores and boxes",
      {
        input: [1, 3, 240, 320],
        outputs: [
          [1, 4420, 2],
          [1, 4420, 4],
        ],
      },
    ],
    ["mobilefacenet", "a vector for an aligned face", { input: [1, 3, 112, 112], outputs: [[1, 128]] }],
    ["osnet", "a vector for a person", { input: [1, 3, 256, 128], outputs: [[1, 512]] }],
  ])("%s: %s", (family, _, shapes) => {
    expect(recognise(description(shapes)).family).toBe(family);
  });

  it.each<[string, Shapes]>([
    ["a vector of nobody knows what", { outputs: [[1, 7]] }],
    ["rows whose number fits no map", { outputs: [[1, 8401, 85]] }],
    ["rows of unknown number", { outputs: [[1, "n", 6]] }],
    ["three maps of boxes without distributions", { input: small, outputs: nanodetOutputs(2, 1) }],
    ["a batch of four", { input: [4, 3, 640, 640], outputs: [[4, 84, 8400]] }],
    ["grey pictures", { input: [1, 1, 640, 640], outputs: [[1, 84, 8400]] }],
    [
      "masks beside boxes",
      {
        outputs: [
          [1, 116, 8400],
          [1, 32, 160, 160],
        ],
      },
    ],
  ])("%s is none, and the refusal says what was found", (_, shapes) => {
    expect(() => recognise(description(shapes))).toThrow(
      new RegExp(`it is not a model of a known family .*: it takes images float32\\[${shapes.input ?? "1,3,640"}`),
    );
  });

  it("takes names and licence from the metadata", () => {
    const metadata = { names: "{0: 'helmet', 1: 'vest'}", license: "AGPL-3.0", task: "detect" };
    expect(recognise(description({ outputs: [[1, 6, 8400]], metadata }))).toMatchObject({
      classes: ["helmet", "vest"],
      licence: "AGPL-3.0",
      input: { width: 640, height: 640, fit: "contain-centre", pad: 114, order: "rgb", std: [255, 255, 255] },
    });
  });

  it("numbers classes of which nothing is known, and takes 80 for COCO's", () => {
    expect(recognise(description({ outputs: [[1, 6, 8400]] }))).toMatchObject({ classes: ["class 0", "class 1"] });
    expect(recognise(description({ outputs: [[1, 84, 8400]] }))).toMatchObject({ classes: COCO_CLASSES });
  });

  it("refuses a model whose metadata contradicts its output", () => {
    const metadata = { names: "{0: 'person'}" };
    expect(() => recognise(description({ outputs: [[1, 56, 8400]], metadata }))).toThrow(
      "its metadata names 1 class and its output has room for 52",
    );
  });

  it("takes a pose model for nothing else when its metadata says so", () => {
    const metadata = { task: "detect", names: "{0: 'person'}" };
    expect(() => recognise(description({ outputs: [[1, 56, 8400]], metadata }))).toThrow("room for 52");
  });

  it("refuses keypoints that are not COCO's", () => {
    const metadata = { task: "pose", kpt_shape: "[21, 3]" };
    expect(() => recognise(description({ outputs: [[1, 68, 8400]], metadata }))).toThrow(
      "its keypoints are [21, 3]; COCO's 17 of x, y and score are needed",
    );
  });

  it("feeds an Ultralytics classifier 0 to 1, and others by ImageNet's mean", () => {
    const shapes = { input: [1, 3, 224, 224], outputs: [[1, 1000]] };
    expect(recognise(description({ ...shapes, metadata: { task: "classify" } }))).toMatchObject({
      input: { mean: [0, 0, 0], std: [255, 255, 255] },
    });
    expect(recognise(description(shapes))).toMatchObject({ input: { mean: [123.675, 116.28, 103.53] } });
  });

  it("refuses another task by its name, whatever the shapes look like", () => {
    expect(() => recognise(description({ outputs: [[1, 84, 8400]], metadata: { task: "segment" } }))).toThrow(
      "its metadata names the task segment, for which no family is known",
    );
  });
});
