import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Drawing } from "./drawing.ts";
import type { Shape } from "./shapes.ts";

const mat: Shape = {
  key: 0,
  kind: "line",
  name: "mat",
  points: [
    { x: 0.2, y: 0.6 },
    { x: 0.8, y: 0.6 },
  ],
  rule: {},
};
const corners = [
  { x: 0.1, y: 0.1 },
  { x: 0.4, y: 0.1 },
  { x: 0.4, y: 0.5 },
];
const queue: Shape = { key: 1, kind: "zone", name: "queue", points: corners, rule: {} };
const drawing = (...shapes: readonly Shape[]) => new Drawing("door", shapes);
const shape = (of: Drawing, key: number) => of.state.get().shapes.find((each) => each.key === key);

describe("a line", () => {
  it("is complete with its second end, selected, and named by the first free number", () => {
    const drawn = drawing(mat);
    drawn.begin("line");
    drawn.place({ x: 0.1, y: 0.2 });
    drawn.place({ x: 1.4, y: 0.3 });
    expect(drawn.state.get()).toMatchObject({ tool: null, selected: 1, changed: true });
    expect(shape(drawn, 1)).toMatchObject({ name: "Line 1", points: [{ x: 0.1 }, { x: 1, y: 0.3 }] });
    expect(drawn.changes).toEqual([{ camera: "door", spot: { kind: "lines", name: "Line 1" }, body: "0.1,0.2,1,0.3" }]);
  });

  it("that is known by its place gets a name with another place", () => {
    const drawn = drawing({ ...mat, name: "0.2,0.6,0.8,0.6" });
    drawn.moveBy(0, { x: 0, y: -0.1 });
    expect(drawn.changes).toEqual([
      { camera: "door", spot: { kind: "lines", name: "Line 1" }, body: "0.2,0.5,0.8,0.5" },
      { camera: "door", spot: { kind: "lines", name: "0.2,0.6,0.8,0.6" } },
    ]);
  });

  it("that is reversed twice is as it was", () => {
    const drawn = drawing(mat);
    drawn.reverse(0);
    expect(drawn.changes).toMatchObject([{ body: "0.8,0.6,0.2,0.6" }]);
    drawn.reverse(0);
    expect(drawn.state.get().changed).toBe(false);
  });
});

describe("a zone", () => {
  it("needs three corners, of which the last can be taken back", () => {
    const drawn = drawing();
    drawn.begin("zone");
    for (const corner of corners) drawn.place(corner);
    drawn.undo();
    drawn.finish();
    expect(drawn.state.get()).toMatchObject({ tool: "zone", placed: corners.slice(0, 2), shapes: [] });
    drawn.place({ x: 0.2, y: 0.9 });
    drawn.finish();
    expect(shape(drawn, 0)).toMatchObject({ kind: "zone", name: "Zone 1", points: { length: 3 } });
  });

  it("gains and loses corners, but not the last three", () => {
    const drawn = drawing(queue);
    drawn.insertPoint(1, 1, { x: 0.25, y: 0 });
    expect(shape(drawn, 1)?.points.map(({ x }) => x)).toEqual([0.1, 0.25, 0.4, 0.4]);
    drawn.removePoint(1, 0);
    drawn.removePoint(1, 0);
    expect(shape(drawn, 1)?.points).toHaveLength(3);
  });
});

it("what is moved stays in the picture and keeps its form", () => {
  const step = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.record({ x: step, y: step }), { maxLength: 20 }), (steps) => {
      const drawn = drawing(queue);
      for (const by of steps) drawn.moveBy(1, by);
      const points = shape(drawn, 1)?.points ?? [];
      for (const [i, { x, y }] of points.entries()) {
        expect(Math.min(x, y, 1 - x, 1 - y)).toBeGreaterThanOrEqual(0);
        expect(x - (points[0]?.x ?? 0)).toBeCloseTo((corners[i]?.x ?? 0) - 0.1);
      }
    }),
  );
});

it("every step is undone, a drag as one", () => {
  const drawn = drawing(mat, queue);
  drawn.hold();
  drawn.movePoint(0, 0, { x: 0.3, y: 0.3 });
  drawn.movePoint(0, 0, { x: 0.4, y: 0.4 });
  drawn.remove(1);
  drawn.undo();
  expect(drawn.state.get().shapes).toHaveLength(2);
  drawn.undo();
  expect(drawn.state.get()).toMatchObject({ shapes: [mat, queue], changed: false, canUndo: false });
});

it("a change that has been made is not made again", () => {
  const drawn = drawing(mat, queue);
  drawn.rename(0, "gate ");
  drawn.remove(1);
  const [first] = drawn.changes;
  expect(first).toMatchObject({ spot: { name: "gate" } });
  if (first) drawn.made(first);
  expect(drawn.changes).toEqual([
    { camera: "door", spot: { kind: "lines", name: "mat" } },
    { camera: "door", spot: { kind: "zones", name: "queue" } },
  ]);
  for (const change of drawn.changes) drawn.made(change);
  expect(drawn.state.get().changed).toBe(false);
});
