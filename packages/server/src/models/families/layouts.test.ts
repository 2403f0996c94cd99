import type { Detections } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputSpec } from "../manifest.ts";
import { end2end } from "./end2end.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { fastestdet } from "./fastestdet.ts";
import { nanodet } from "./nanodet.ts";
import { yolov5 } from "./yolov5.ts";
import { yolov8 } from "./yolov8.ts";
import { yolox } from "./yolox.ts";

const input: InputSpec = {
  width: 64,
  height: 64,
  fit: "contain-centre",
  pad: 114,
  order: "rgb",
  mean: [0, 0, 0],
  std: [255, 255, 255],
  layout: "nchw",
};

/** A source of 128×64 that lies in the middle half of a 64×64 input: source = 2 · (x, y − 16). */
const centred: DecodeContext = {
  input,
  picture: { width: 64, height: 32 },
  region: { x1: 0, y1: 0, x2: 128, y2: 64 },
  minScore: 0.3,
  classes: new Set([0]),
};

/** A source of 128×32 stretched over a 64×64 input: source = (2 · x, y / 2). */
const stretched: DecodeContext = {
  ...centred,
  input: { ...input, fit: "stretch" },
  picture: { width: 64, height: 64 },
  region: { x1: 0, y1: 0, x2: 128, y2: 32 },
};

const only = (shape: readonly number[], data: Float32Array): ReadonlyMap<string, OutputTensor> =>
  new Map([["output", { shape, data }]]);

/** Rows of an output [1, rows, values]; those that are not given are zero. */
function rowsOf(count: number, ...rows: readonly (readonly [at: number, ...values: number[]])[]) {
  const width = Math.max(...rows.map((row) => row.length - 1));
  const data = new Float32Array(count * width);
  for (const [at, ...values] of rows) data.set(values, at * width);
  return only([1, count, width], data);
}

/** Maps of an output [1, maps, …cells] from rows as above, one per cell. */
function mapsOf(cells: readonly number[], ...rows: readonly (readonly [at: number, ...values: number[]])[]) {
  const count = cells.reduce((product, each) => product * each, 1);
  const width = Math.max(...rows.map((row) => row.length - 1));
  const data = new Float32Array(count * width);
  for (const [at, ...values] of rows) {
    values.forEach((value, map) => {
      data[map * count + at] = value;
    });
  }
  return only([1, width, ...cells], data);
}

function expectBox({ boxes }: Detections, corners: readonly number[]): void {
  for (const [i, value] of corners.entries()) expect(boxes[i]).toBeCloseTo(value, 3);
}

describe("YOLOv5's layout", () => {
  it("is centre and size in input pixels, objectness times class", () => {
    const found = yolov5.decode(rowsOf(252, [200, 32, 32, 16, 8, 0.9, 0.5, 0]), centred);
    expect([...found.boxes]).toEqual([48, 24, 80, 40]);
    expect(found.scores[0]).toBeCloseTo(0.45);
  });

  it("keeps of the anchors of one object the best", () => {
    const row = [32, 32, 16, 8] as const;
    const found = yolov5.decode(rowsOf(252, [0, ...row, 0.8, 1], [84, ...row, 0.9, 1], [168, ...row, 0.7, 1]), centred);
    expect(found.scores).toEqual(Float32Array.of(0.9));
  });

  it("looks for the wanted classes only, and for the better of them", () => {
    const outputs = rowsOf(252, [3, 32, 32, 16, 8, 1, 0.2, 0.9, 0.4, 0.5]);
    expect(yolov5.decode(outputs, centred).count).toBe(0);
    const found = yolov5.decode(outputs, { ...centred, classes: new Set([0, 2, 3]) });
    expect([...found.classes]).toEqual([3]);
  });
});

describe("YOLOv8's layout", () => {
  it("is centre and size in input pixels, one map per value", () => {
    const found = yolov8.decode(mapsOf([84], [70, 32, 32, 16, 8, 0.75, 0.25]), centred);
    expect([...found.boxes]).toEqual([48, 24, 80, 40]);
    expect([...found.scores]).toEqual([0.75]);
  });

  it("takes for each cell the best of the wanted classes", () => {
    const outputs = mapsOf([84], [1, 32, 32, 16, 8, 0.2, 0.9, 0.4, 0.5], [2, 10, 32, 4, 4, 0.7, 0.9, 0.4, 0.5]);
    const found = yolov8.decode(outputs, { ...centred, classes: new Set([3, 0, 2]) });
    expect([...found.classes]).toEqual([0, 3]);
  });
});

describe("NMS-free exports", () => {
  it("are corners in input pixels, score and class, taken as they are", () => {
    const box = [24, 28, 40, 36] as const;
    const found = end2end.decode(rowsOf(300, [0, ...box, 0.5, 0], [1, ...box, 0.4, 0], [2, ...box, 0.9, 7]), centred);
    expect([...found.boxes.subarray(0, 4)]).toEqual([48, 24, 80, 40]);
    expect([...found.classes]).toEqual([0, 0]);
  });
});

describe("FastestDet's layout", () => {
  it("is an offset from the cell through tanh and a part of the picture through the logistic function", () => {
    // Row 2, column 1 of 4×4 with tanh⁻¹(.5) and 0: centre (1.5, 2) / 4; sizes logistic(0) and logistic(−ln 3).
    const cell = [9, 0.8, Math.atanh(0.5), 0, 0, -Math.log(3), 0.6] as const;
    const found = fastestdet.decode(mapsOf([4, 4], cell), stretched);
    // In the input: centre 24, 32, size 32×16.
    expectBox(found, [16, 12, 80, 20]);
    expect(found.scores[0]).toBeCloseTo(0.8 ** 0.6 * 0.6 ** 0.4);
  });
});

describe("NanoDet's layout", () => {
  const [cells, strides] = [
    [64, 16, 4],
    [8, 16, 32],
  ];

  /** All outputs empty but one cell of one stride; `bins` are the logits of left, top, right and bottom. */
  function outputsOf({
    level,
    cell,
    scores,
    bins,
  }: {
    level: number;
    cell: number;
    scores: number[];
    bins: number[][];
  }) {
    const tensor = (count: number, values: readonly number[], filled: boolean): OutputTensor => {
      const data = new Float32Array(count * values.length);
      if (filled) data.set(values, cell * values.length);
      return { shape: [1, count, values.length], data };
    };
    return new Map([
      ...cells.map((count, i) => [`scores ${i}`, tensor(count, scores, i === level)] as const),
      ...cells.map((count, i) => [`distances ${i}`, tensor(count, bins.flat(), i === level)] as const),
    ]);
  }

  /** Logits of a distribution that is certain of one bin. */
  const at = (distance: number): number[] => Array.from({ length: 8 }, (_, bin) => (bin === distance ? 0 : -99));

  it.each([0, 1, 2])("measures each side from the cell's centre in strides (map %i)", (level) => {
    const stride = strides[level] ?? 0;
    const bins = [at(1), at(0), at(0), at(1)];
    const found = nanodet.decode(outputsOf({ level, cell: 1, scores: [0.5, 0.9], bins }), stretched);
    // Column 1, row 0: the centre is 1.5, 0.5 strides.
    expectBox(found, [0.5 * stride * 2, (0.5 * stride) / 2, 1.5 * stride * 2, (1.5 * stride) / 2]);
    expect(found.count).toBe(1);
    expect([...found.classes]).toEqual([0]);
  });

  it("takes the mean of a distribution", () => {
    const between = [0, 0, -99, -99, -99, -99, -99, -99];
    const found = nanodet.decode(
      outputsOf({ level: 0, cell: 0, scores: [0.5], bins: [between, between, between, between] }),
      stretched,
    );
    // Half a stride to each side of 4, 4.
    expectBox(found, [0, 0, 16, 4]);
  });

  it("says which outputs it got instead", () => {
    expect(() => nanodet.decode(only([1, 64, 80], new Float32Array(64 * 80)), stretched)).toThrow(
      "the outputs [1,64,80] are not those of a NanoDet model",
    );
  });
});

describe("whatever a model gives", () => {
  const families: readonly (readonly [DetectorFamily, readonly (readonly number[])[]])[] = [
    [yolox, [[1, 84, 7]]],
    [yolov5, [[1, 252, 7]]],
    [yolov8, [[1, 6, 84]]],
    [end2end, [[1, 300, 6]]],
    [fastestdet, [[1, 7, 4, 4]]],
    [nanodet, [64, 16, 4].flatMap((count) => [[1, count, 2]]).concat([64, 16, 4].map((count) => [1, count, 32]))],
  ];
  const value = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38, 0, 1),
    fc.float({ min: 0, max: 1 }),
    fc.float(),
  );

  it.each(families.map(([family, shapes]) => [family.name, family, shapes] as const))(
    "%s: boxes are finite, have an area, and are 300 at most",
    (_, family, shapes) => {
      const sizes = shapes.map((shape) => shape.reduce((product, each) => product * each, 1));
      const pattern = fc.array(value, { minLength: 1, maxLength: 50 });
      fc.assert(
        fc.property(pattern, (values) => {
          const tensors = shapes.map((shape, i): [string, OutputTensor] => [
            String(i),
            { shape, data: Float32Array.from({ length: sizes[i] ?? 0 }, (__, at) => values[at % values.length] ?? 0) },
          ]);
          const context = { ...centred, minScore: 0.001, classes: new Set([0, 1]) };
          const { count, boxes, scores, classes } = family.decode(new Map(tensors), context);
          expect(count).toBeLessThanOrEqual(300);
          expect([boxes.length, scores.length, classes.length]).toEqual([4 * count, count, count]);
          expect(boxes.every(Number.isFinite)).toBe(true);
          expect(scores.every((score) => score > 0 && score <= 1)).toBe(true);
          for (let i = 0; i < count; i++) {
            expect(boxes[4 * i]).toBeLessThanOrEqual(boxes[4 * i + 2] ?? 0);
            expect(boxes[4 * i + 1]).toBeLessThanOrEqual(boxes[4 * i + 3] ?? 0);
          }
        }),
        { numRuns: 50 },
      );
    },
  );

  it.each([yolov5, yolov8, end2end, fastestdet].map((family) => [family.name, family] as const))(
    "%s: outputs of another shape are refused",
    (_, family) => {
      expect(() => family.decode(only([1, 2], new Float32Array(2)), centred)).toThrow(
        "the output [1,2] is not that of",
      );
    },
  );
});
