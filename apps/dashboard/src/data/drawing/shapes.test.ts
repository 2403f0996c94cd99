import { describe, expect, it } from "vitest";
import { changesBetween, nextName, problemWithNames, type Shape, shapesOf } from "./shapes.ts";

const defaults = { classes: ["person"], tracker: "byte-track" as const, motionGate: true, model: "centernet" };
const inherited = { ...defaults, lines: { "0.5,0,0.5,1": "0.5,0,0.5,1" } };
const zone = (name: string): Shape => {
  return {
    key: 0,
    kind: "zone",
    name,
    points: [
      { x: 0, y: 0 },
      { x: 1, y: 0 },
      { x: 1, y: 1 },
    ],
    rule: {},
  };
};

describe("the shapes of a camera", () => {
  it("are those of the defaults where it has no lines of its own", () => {
    expect(shapesOf({}, inherited)).toMatchObject([
      { kind: "line", name: "0.5,0,0.5,1", points: [{ x: 0.5, y: 0 }, {}] },
    ]);
    expect(shapesOf({ lines: {} }, inherited)).toEqual([]);
  });

  it("keep what else is said of them when they are moved", () => {
    const camera = {
      lines: { gate: { from: [0.7, 0.2], to: [0.7, 1], frames: 4 } },
      zones: {
        till: {
          polygon: [
            [0, 0],
            [1, 0],
            [1, 1],
          ],
          enterAfter: "2 s",
        },
      },
    } as Parameters<typeof shapesOf>[0];
    const before = shapesOf(camera, inherited);
    expect(changesBetween(before, before, "door")).toEqual([]);
    const after = before.map((shape) => ({ ...shape, points: shape.points.toReversed() }));
    expect(changesBetween(before, after, "door").map(({ body }) => body)).toEqual([
      { from: [0.7, 1], to: [0.7, 0.2], frames: 4 },
      {
        polygon: [
          [1, 1],
          [1, 0],
          [0, 0],
        ],
        enterAfter: "2 s",
      },
    ]);
  });
});

describe("names", () => {
  it("that two have changed with each other are no removal", () => {
    const [a, b] = [zone("a"), { ...zone("b"), key: 1, points: zone("b").points.toReversed() }];
    const changes = changesBetween(
      [a, b],
      [
        { ...a, name: "b" },
        { ...b, name: "a" },
      ],
      "door",
    );
    expect(changes.map(({ spot, body }) => [spot?.name, body === undefined])).toEqual([
      ["b", false],
      ["a", false],
    ]);
  });

  it.each([
    ["", "A zone has no name."],
    ["queue", "Two zones are called queue."],
    [" queue ", "Two zones are called queue."],
    ["till", null],
  ])("beside queue, %j: %s", (name, problem) => {
    expect(problemWithNames([zone("queue"), zone(name)])).toBe(problem);
  });

  it("of a line and a zone may be the same, and new ones are free", () => {
    const line: Shape = { ...zone("Zone 1"), kind: "line" };
    expect(problemWithNames([zone("Zone 1"), line])).toBeNull();
    expect(nextName("zone", [zone("Zone 1"), zone("Zone 3")])).toBe("Zone 2");
    expect(nextName("line", [zone("Line 1")])).toBe("Line 1");
  });
});
