import { describe, expect, it } from "vitest";
import type { InputSpec } from "../manifest.ts";
import { suppress } from "./boxes.ts";
import { centernet } from "./centernet.ts";
import type { DecodeContext, OutputTensor } from "./family.ts";
import { yolox } from "./yolox.ts";

const input: InputSpec = {
  width: 64,
  height: 64,
  fit: "contain-topleft",
  pad: 114,
  order: "bgr",
  mean: [0, 0, 0],
  std: [1, 1, 1],
  layout: "nchw",
};

/** A source of 128×64 that lies in the upper half of a 64×64 input. */
const context: DecodeContext = {
  input,
  picture: { width: 64, height: 32 },
  region: { x1: 0, y1: 0, x2: 128, y2: 64 },
  minScore: 0.3,
  classes: new Set([0]),
};

const CELLS = 64 + 16 + 4;
const VALUES = 5 + 2;

/** YOLOX outputs with one filled cell each: [cell, dx, dy, log w, log h, objectness, class 0, class 1]. */
function yoloxOutput(...cells: readonly (readonly number[])[]): ReadonlyMap<string, OutputTensor> {
  const data = new Float32Array(CELLS * VALUES);
  for (const [cell = 0, ...values] of cells) data.set(values, cell * VALUES);
  return new Map([["output", { shape: [1, CELLS, VALUES], data }]]);
}

describe("YOLOX", () => {
  it("turns a cell of the grid into a box in source pixels", () => {
    // Row 2, column 3 of the stride-8 map: centre (3.5, 2.5) · 8, size e^0 · 8.
    const found = yolox.decode(yoloxOutput([19, 0.5, 0.5, 0, 0, 0.9, 1, 0]), context);
    expect([...found.boxes]).toEqual([24, 16, 32, 24].map((value) => value * 2));
    expect(found.scores[0]).toBeCloseTo(0.9);
  });

  it("reads the coarser maps behind the finer ones", () => {
    const found = yolox.decode(yoloxOutput([64 + 16 + 3, 0, 0, 0, 0, 1, 1, 0]), context);
    expect([...found.boxes]).toEqual([16, 16, 48, 48].map((value) => value * 2));
  });

  it("looks for the wanted classes only", () => {
    const car = [19, 0.5, 0.5, 0, 0, 0.9, 0.2, 1];
    expect(yolox.decode(yoloxOutput(car), context).count).toBe(0);
    const found = yolox.decode(yoloxOutput(car), { ...context, classes: new Set([1]) });
    expect([...found.classes]).toEqual([1]);
  });

  it("ignores values that are not numbers", () => {
    const rows = [0, 1, 2, 3].map((broken) =>
      [19 + broken, 0, 0, 0, 0, 0.9, 1, 0].map((v, i) => (i === broken + 1 ? Number.NaN : v)),
    );
    expect(yolox.decode(yoloxOutput(...rows), context).count).toBe(0);
  });

  it("refuses outputs of another shape", () => {
    const output = new Map([["output", { shape: [1, 10, 7], data: new Float32Array(70) }]]);
    expect(() => yolox.decode(output, context)).toThrow("[1,10,7] is not that of a YOLOX model");
  });
});

describe("CenterNet", () => {
  const rows = (...detections: readonly (readonly number[])[]): ReadonlyMap<string, OutputTensor> =>
    new Map([["tower_0/detections", { shape: [1, detections.length, 6], data: Float32Array.from(detections.flat()) }]]);
  const stretched: DecodeContext = {
    ...context,
    input: { ...input, width: 512, height: 512, fit: "stretch" },
    picture: { width: 512, height: 512 },
    region: { x1: 0, y1: 0, x2: 1024, y2: 256 },
  };

  it("undoes the squeeze into its square input", () => {
    const found = centernet.decode(rows([100, 200, 200, 400, 0.5, 0]), stretched);
    expect([...found.boxes]).toEqual([200, 100, 400, 200]);
  });

  it("filters classes before suppression, so that a repeated box keeps its person", () => {
    const found = centernet.decode(rows([100, 200, 200, 400, 0.6, 7], [100, 200, 200, 400, 0.4, 0]), stretched);
    expect([...found.classes]).toEqual([0]);
    expect(found.scores[0]).toBeCloseTo(0.4);
  });

  it("says which output is missing", () => {
    expect(() => centernet.decode(new Map(), stretched)).toThrow("tower_0/detections");
  });
});

describe("suppression", () => {
  const at = (...boxes: readonly (readonly number[])[]) => ({
    count: boxes.length,
    boxes: Float32Array.from(boxes.flatMap(([x = 0]) => [x, 0, x + 10, 10])),
    scores: Float32Array.from(boxes, ([, score = 0]) => score),
    classes: Uint16Array.from(boxes, ([, , classIndex = 0]) => classIndex),
  });

  it("keeps the best of boxes that overlap, and every other one", () => {
    const kept = suppress(at([0, 0.5, 0], [1, 0.9, 0], [30, 0.4, 0]), 0.5);
    expect([...kept.scores].map((score) => Math.round(score * 10))).toEqual([9, 4]);
  });

  it("keeps 300 at most, the best ones", () => {
    const many = Array.from({ length: 400 }, (_, i) => [100 * i, i / 400, 0]);
    const kept = suppress(at(...many), 0.5);
    expect(kept.count).toBe(300);
    expect(Math.min(...kept.scores)).toBeCloseTo(100 / 400);
  });

  it("leaves boxes of different classes alone", () => {
    expect(suppress(at([0, 0.5, 0], [0, 0.9, 1]), 0.5).count).toBe(2);
  });
});
