import type { ModelDescription } from "@sensorium/model-import";
import { describe, expect, it } from "vitest";
import { densepose } from "./densepose.ts";
import type { DecodeContext, OutputTensor } from "./family.ts";
import { recognise } from "./index.ts";

type Shape = readonly (number | string)[];

const description = (outputs: Readonly<Record<string, Shape>>): ModelDescription => ({
  irVersion: 8,
  opset: 16,
  producer: { name: "", version: "" },
  metadata: {},
  inputs: [{ name: "image", type: "float32", shape: [1, 3, 256, 256] }],
  outputs: Object.entries(outputs).map(([name, shape]) => ({ name, type: "float32", shape })),
});

const charts = [1, 25, 112, 112];

describe("recognising a DensePose model", () => {
  it.each<[string, Record<string, Shape>, string[]]>([
    [
      "Detectron2's names, whatever else there is",
      { sigma_1: charts, v: charts, "head/u": charts, fine_segm: charts, coarse_segm: [1, 2, 112, 112] },
      ["coarse_segm", "fine_segm", "head/u", "v"],
    ],
    [
      "Detectron's names, and 14 coarse parts",
      { U_estimated: charts, V_estimated: charts, Index_UV: charts, AnnIndex: [1, 15, 112, 112] },
      ["AnnIndex", "Index_UV", "U_estimated", "V_estimated"],
    ],
    [
      "nothing but their order",
      { out0: [1, 2, 56, 56], out1: [1, 25, 56, 56], out2: [1, 25, 56, 56], out3: [1, 25, 56, 56] },
      ["out0", "out1", "out2", "out3"],
    ],
  ])("by %s", (_, outputs, heads) => {
    expect(recognise(description(outputs))).toMatchObject({
      ...{ task: "dense-pose", family: "densepose", outputs: heads, crop: { margin: 0 } },
      input: { width: 256, height: 256, fit: "stretch", order: "bgr" },
    });
  });

  it("takes it with boxes for a whole network, which is shown what is around a person too", () => {
    const many = ["n", 25, 112, 112];
    const outputs = {
      boxes: ["n", 4],
      scores: ["n"],
      coarse_segm: ["n", 2, 112, 112],
      fine_segm: many,
      u: many,
      v: many,
    };
    expect(recognise(description(outputs))).toMatchObject({
      ...{ outputs: ["coarse_segm", "fine_segm", "u", "v", "boxes"], crop: { margin: 0.2 } },
      input: { fit: "contain-topleft" },
    });
  });

  it.each<[string, Record<string, Shape>]>([
    ["has no coarse segmentation", { fine_segm: charts, u: charts, v: charts }],
    [
      "has as many parts as nobody's",
      { coarse_segm: [1, 2, 112, 112], fine_segm: [1, 24, 112, 112], u: charts, v: charts },
    ],
    ["has more maps than can be told apart", { a: [1, 2, 9, 9], b: charts, c: charts, d: charts, e: charts }],
    ["embeds the skin instead of charting it", { coarse_segm: [1, 2, 112, 112], embedding: [1, 16, 112, 112] }],
  ])("is not done where one %s", (_, outputs) => {
    expect(() => recognise(description(outputs))).toThrow(/it is not a model of a known family .*densepose/);
  });
});

const context: DecodeContext = {
  input: {
    ...{ width: 8, height: 8, fit: "contain-topleft", pad: 114, order: "bgr", layout: "nchw" },
    ...{ mean: [0, 0, 0], std: [1, 1, 1] },
  },
  picture: { width: 8, height: 4 },
  region: { x1: 100, y1: 50, x2: 116, y2: 58 },
  minScore: 0,
  classes: new Set(),
};

/** Heads of 2×2 for bodies that are one part all over, and their boxes. */
function headsOf(parts: readonly number[], boxes?: readonly (readonly number[])[]): Map<string, OutputTensor> {
  const head = (channels: number, won: (body: number) => number): OutputTensor => {
    const shape = [parts.length, channels, 2, 2];
    const data = Float32Array.from({ length: parts.length * channels * 4 }, (_, i) => {
      const [body, channel] = [Math.floor(i / (4 * channels)), Math.floor(i / 4) % channels];
      return channel === won(parts[body] ?? 0) ? 1 : 0;
    });
    return { shape, data };
  };
  const own = (body: number): number => body;
  return new Map([
    ["coarse", head(2, () => 1)],
    ["fine", head(25, own)],
    ["u", head(25, own)],
    ["v", head(25, () => -1)],
    ...(boxes ? [["boxes", { shape: [boxes.length, 4], data: Float32Array.from(boxes.flat()) }] as const] : []),
  ]);
}

describe("reading the heads of a DensePose model", () => {
  it("covers the picture, not what pads the input", () => {
    const surface = densepose.decode(headsOf([7]), context);
    expect(surface).toMatchObject({ width: 16, height: 8, box: context.region });
    expect([...(surface?.iuv.subarray(0, 3) ?? [])]).toEqual([7, 255, 0]);
  });

  it("gives the body that takes most of what is seen, cut where the picture ends", () => {
    // The first is large and for the most part in the padding; the last is nowhere.
    const boxes = [
      [0, 3, 8, 8],
      [2, 1, 6, 5],
      [6, 2, 2, 1],
    ];
    const surface = densepose.decode(headsOf([3, 9, 4], boxes), context);
    expect(surface?.box).toEqual({ x1: 104, y1: 52, x2: 112, y2: 58 });
    expect(surface?.iuv[0]).toBe(9);
  });

  it.each<[string, readonly (readonly number[])[]]>([
    ["there is no body", []],
    ["the only one is no number", [[Number.NaN, 0, 4, 4]]],
  ])("gives nothing where %s", (_, boxes) => {
    expect(
      densepose.decode(
        headsOf(
          boxes.map(() => 1),
          boxes,
        ),
        context,
      ),
    ).toBeNull();
  });

  it.each<[string, Map<string, OutputTensor>]>([
    ["two bodies come without boxes", headsOf([1, 2])],
    [
      "there are more boxes than bodies",
      headsOf(
        [1],
        [
          [0, 0, 4, 4],
          [0, 0, 4, 4],
        ],
      ),
    ],
    ["heads are missing", new Map([...headsOf([1])].slice(0, 3))],
    ["they come in another order", new Map([...headsOf([1])].toReversed())],
  ])("fails with what it needs where %s", (_, outputs) => {
    expect(() => densepose.decode(outputs, context)).toThrow(
      /the outputs \[.* are not those of a DensePose model: coarse segmentation \[n,2 or 15,h,w\], fine segmentation/,
    );
  });
});
