import { COCO_KEYPOINTS, keypointAt } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputSpec } from "../manifest.ts";
import { blazeface } from "./blazeface.ts";
import { blazepose } from "./blazepose.ts";
import { classifier } from "./classifier.ts";
import type { DecodeContext, OutputTensor } from "./family.ts";
import { mobilefacenet } from "./mobilefacenet.ts";
import { movenet } from "./movenet.ts";
import { ultraLight } from "./ultra-light.ts";
import { yoloPose } from "./yolo-pose.ts";
import { yunet } from "./yunet.ts";

const inputOf = (width: number, height: number, fit: InputSpec["fit"]): InputSpec => {
  return { width, height, fit, pad: 0, order: "rgb", mean: [0, 0, 0], std: [1, 1, 1], layout: "nchw" };
};

/** A region of 100×200 at 300, 400 that fills the middle half of an input 256 wide and high: source = x + … */
const upright: DecodeContext = {
  input: inputOf(256, 256, "contain-centre"),
  picture: { width: 128, height: 256 },
  region: { x1: 300, y1: 400, x2: 400, y2: 600 },
  minScore: 0.2,
  classes: new Set(),
};
/** Where the middle of the input lies in the source. */
const MIDDLE = { x: 350, y: 500 };

const tensor = (shape: readonly number[], values: readonly (readonly [at: number, value: number])[] = []) => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (const [at, value] of values) data[at] = value;
  return { shape, data };
};
const only = (output: OutputTensor): ReadonlyMap<string, OutputTensor> => new Map([["output", output]]);

describe("MoveNet", () => {
  const pose = (y: number, x: number, score: number) =>
    only({ shape: [1, 1, 17, 3], data: Float32Array.from({ length: 51 }, (_, i) => [y, x, score][i % 3] ?? 0) });

  it("gives y before x, as parts of the input, which become source pixels", () => {
    const found = movenet.decode(pose(0.25, 0.5, 0.8), upright);
    expect(found.count).toBe(0); // all keypoints in one place are no person
    const spread = pose(0.25, 0.5, 0.8);
    spread.get("output")?.data.set([0.75, 0.625], 48);
    const person = movenet.decode(spread, upright);
    expect(person.scores[0]).toBeCloseTo(0.8);
    const [nose, ankle] = [keypointAt(person, 0, 0), keypointAt(person, 0, COCO_KEYPOINTS.indexOf("right_ankle"))];
    expect([nose.x, nose.y]).toEqual([MIDDLE.x, 450]);
    expect([ankle.x, ankle.y]).toEqual([375, 550]);
    expect([...person.boxes]).toEqual([350, 450, 375, 550]);
  });

  it("finds nobody where it is not sure", () => {
    const unsure = pose(0.25, 0.5, 0.1);
    unsure.get("output")?.data.set([0.75, 0.625], 48);
    expect(movenet.decode(unsure, upright).count).toBe(0);
  });
});

describe("BlazePose", () => {
  it("gives the COCO keypoints among its landmarks, scored by their visibility", () => {
    const landmarks = tensor([1, 195]);
    // The right ankle is landmark 28; x, y, z, visibility.
    landmarks.data.set([160, 192, 0, Math.log(3)], 28 * 5);
    const outputs = new Map([
      ["ld_3d", landmarks],
      ["flag", tensor([1, 1], [[0, 0.9]])],
    ]);
    const found = blazepose.decode(outputs, upright);
    expect(found.count).toBe(1);
    const { x, y, score } = keypointAt(found, 0, COCO_KEYPOINTS.indexOf("right_ankle"));
    expect([x, y]).toEqual([375, 550]);
    expect(score).toBeCloseTo(0.75);
    expect(keypointAt(found, 0, 0).score).toBeCloseTo(0.5);
  });
});

describe("YOLO-pose", () => {
  const CELLS = 21;
  const cell = 7;
  const values = [64, 128, 32, 64, 0.9, ...COCO_KEYPOINTS.flatMap((_, i) => [64 + i, 128, 0.5])];
  const whole: DecodeContext = { ...upright, picture: { width: 256, height: 256 } };
  const joint = tensor(
    [1, 56, CELLS],
    values.map((value, row) => [row * CELLS + cell, value]),
  );

  it("gives boxes with their keypoints", () => {
    const found = yoloPose.decode(only(joint), whole);
    expect(found.count).toBe(1);
    expect(found.boxes[0]).toBeCloseTo(300 + (48 * 100) / 256);
    expect(keypointAt(found, 0, 2)).toEqual({ x: 300 + Math.fround((66 * 100) / 256), y: 500, score: 0.5 });
  });

  it("reads boxes, scores, places and certainties from four outputs as well", () => {
    const part = (shape: readonly number[], rows: readonly number[]): OutputTensor =>
      tensor(
        shape,
        rows.map((row, i) => [i * CELLS + cell, values[row] ?? 0]),
      );
    const places = COCO_KEYPOINTS.flatMap((_, point) => [5 + 3 * point, 6 + 3 * point]);
    const outputs = new Map([
      ["boxes", part([1, 4, CELLS], [0, 1, 2, 3])],
      ["scores", part([1, 1, CELLS], [4])],
      ["places", part([1, 17, 2, CELLS], places)],
      [
        "certainties",
        part(
          [1, 17, 1, CELLS],
          COCO_KEYPOINTS.map((_, point) => 7 + 3 * point),
        ),
      ],
    ]);
    expect(yoloPose.decode(outputs, whole)).toEqual(yoloPose.decode(only(joint), whole));
  });

  it("says which outputs it got instead", () => {
    expect(() => yoloPose.decode(only(tensor([1, 84, CELLS])), whole)).toThrow(
      "the outputs [1,84,21] are not those of a YOLO-pose model",
    );
  });
});

describe("YuNet", () => {
  const context: DecodeContext = {
    ...upright,
    input: inputOf(64, 64, "contain-topleft"),
    picture: { width: 64, height: 64 },
    region: { x1: 0, y1: 0, x2: 128, y2: 128 },
    minScore: 0.5,
  };
  const outputs = new Map(
    [8, 16, 32].flatMap((stride) => {
      const cells = (64 / stride) ** 2;
      return Object.entries({ cls: 1, obj: 1, bbox: 4, kps: 10 }).map(
        ([part, size]) => [`${part}_${stride}`, tensor([1, cells, size])] as const,
      );
    }),
  );
  // The stride-16 map has four columns: cell 6 is column 2, row 1.
  outputs.get("cls_16")?.data.set([0.9], 6);
  outputs.get("obj_16")?.data.set([0.4], 6);
  outputs.get("bbox_16")?.data.set([0.5, 0.25, Math.log(2), 0], 24);
  outputs.get("kps_16")?.data.set([0.25, 0.5], 60);

  it("scores by the mean of likeness and objectness, and measures from the cell in strides", () => {
    const found = yunet.decode(outputs, context);
    expect(found.count).toBe(1);
    expect(found.scores[0]).toBeCloseTo(0.6);
    // Centre (2.5, 1.25) · 16, size 32×16, doubled.
    for (const [i, value] of [48, 24, 112, 56].entries()) expect(found.boxes[i]).toBeCloseTo(value);
    expect([...(found.landmarks?.subarray(0, 2) ?? [])]).toEqual([72, 48]);
  });

  it("says which outputs it got instead", () => {
    expect(() => yunet.decode(only(tensor([1, 2])), context)).toThrow("the outputs output are not those of a YuNet");
  });
});

describe("BlazeFace", () => {
  const outputs = new Map([
    ["a", tensor([1, 384, 1]).data.fill(-9)],
    ["b", tensor([1, 512, 1]).data.fill(-9)],
  ]);

  it("measures from the anchors' cells, and gives eyes and nose but not the mouth's corners", () => {
    const boxes = tensor([1, 512, 16]);
    // Anchor 35 is the second of cell 17: column 1, row 1 of 16.
    boxes.data.set([4, -4, 40, 20, -5, -6, 7, 8], 35 * 16);
    const logits = outputs.get("b") ?? new Float32Array();
    logits[35] = 2;
    const context = { ...upright, picture: { width: 256, height: 256 }, region: { x1: 0, y1: 0, x2: 256, y2: 256 } };
    const found = blazeface.decode(
      new Map([
        ["small logits", { shape: [1, 512, 1], data: logits }],
        ["large logits", { shape: [1, 384, 1], data: outputs.get("a") ?? new Float32Array() }],
        ["large", tensor([1, 384, 16])],
        ["small", boxes],
      ]),
      { ...context, minScore: 0.5 },
    );
    expect(found.count).toBe(1);
    expect([...found.boxes]).toEqual([8, 10, 48, 30]);
    expect([...(found.landmarks ?? [])]).toEqual([19, 18, 31, 32, 24, 24, ...new Array(4).fill(Number.NaN)]);
  });
});

describe("Ultra-Light", () => {
  const context: DecodeContext = {
    ...upright,
    input: inputOf(320, 240, "stretch"),
    picture: { width: 320, height: 240 },
    region: { x1: 0, y1: 0, x2: 320, y2: 480 },
    minScore: 0.5,
  };
  // The third anchor of column 2, row 1 of the stride-8 map: 24 pixels around 20, 12.
  const box = 3 * 42 + 2;
  const scores = tensor([1, 4420, 2], [[2 * box + 1, 0.8]]);

  it("measures from its anchors as SSD does", () => {
    const boxes = tensor([1, 4420, 4]);
    boxes.data.set([5, -5, Math.log(2) / 0.2, 0], 4 * box);
    const found = ultraLight.decode(new Map(Object.entries({ scores, boxes })), context);
    // Centre 20 + .1·5·24, 12 − 12; size 48×24; twice as high in the source.
    for (const [i, value] of [8, -24, 56, 24].entries()) expect(found.boxes[i]).toBeCloseTo(value, 3);
    expect(found.landmarks).toBeNull();
  });

  it("takes corners as they are where the export gives them", () => {
    const boxes = tensor([1, 4420, 4]);
    boxes.data.set([0.25, 0.25, 0.5, 0.5], 4 * box);
    for (let i = 0; i < 4420; i++) if (i !== box) boxes.data.set([0, 0, 1, 1], 4 * i);
    const found = ultraLight.decode(new Map(Object.entries({ scores, boxes })), context);
    expect([...found.boxes]).toEqual([80, 120, 160, 240]);
  });
});

describe("a classifier", () => {
  it.each([
    ["takes probabilities as they are", [0.1, 0.7, 0.2], 1, 0.7],
    ["puts logits through softmax", [Math.log(2), Math.log(6), Math.log(2)], 1, 0.6],
    ["is not confused by large logits", [1000, 990, 0], 0, 0.99995],
  ])("%s", (_, values, classIndex, score) => {
    const found = classifier.decode(only({ shape: [1, 3], data: Float32Array.from(values) }), upright);
    expect(found.classIndex).toBe(classIndex);
    expect(found.score).toBeCloseTo(score, 4);
    expect(found.scores.reduce((a, b) => a + b)).toBeCloseTo(1);
  });

  it("that gives what is not a number is refused", () => {
    const broken = only({ shape: [1, 2], data: Float32Array.of(Number.NaN, 1) });
    expect(() => classifier.decode(broken, upright)).toThrow("values that are no numbers");
  });
});

describe("an embedding", () => {
  it("has the length 1", () => {
    const data = new Float32Array(128).fill(3);
    expect(Math.hypot(...mobilefacenet.decode(only({ shape: [1, 128], data }), upright))).toBeCloseTo(1);
  });

  it.each([0, Number.NaN, Number.POSITIVE_INFINITY])("cannot be made of %s", (value) => {
    const data = new Float32Array(128).fill(value);
    expect(() => mobilefacenet.decode(only({ shape: [1, 128], data }), upright)).toThrow("gives no vector");
  });
});

describe("whatever a model of poses gives", () => {
  const value = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38, 0, 1),
    fc.float({ min: 0, max: 1 }),
    fc.float(),
  );
  it.each([
    ["MoveNet", movenet, [[1, 1, 17, 3]]],
    [
      "BlazePose",
      blazepose,
      [
        [1, 195],
        [1, 1],
      ],
    ],
    ["YOLO-pose", yoloPose, [[1, 56, 21]]],
  ] as const)("%s: places are finite, and every array has its length", (_, family, shapes) => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
        const tensors = shapes.map((shape, i): [string, OutputTensor] => {
          const { data } = tensor(shape);
          return [String(i), { shape, data: data.map((__, at) => values[at % values.length] ?? 0) }];
        });
        const { count, boxes, scores, keypoints } = family.decode(new Map(tensors), upright);
        expect([boxes.length, scores.length, keypoints.length]).toEqual([4 * count, count, 51 * count]);
        expect([...boxes, ...scores, ...keypoints].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
