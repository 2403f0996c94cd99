import { COCO_KEYPOINTS } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInside, polygonArea } from "../../geometry/polygon.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import { bodyRegions } from "./body-regions.ts";

/** Somebody 200 pixels tall who faces the camera with their arms a little apart. */
const FACING: readonly (readonly [number, number])[] = [
  [100, 26],
  [104, 22],
  [96, 22],
  [109, 25],
  [91, 25],
  [125, 48],
  [75, 48],
  [135, 84],
  [65, 84],
  [142, 112],
  [58, 112],
  [118, 106],
  [82, 106],
  [118, 154],
  [82, 154],
  [118, 200],
  [82, 200],
];

const frameOf = (places: readonly (readonly [number, number])[], hidden: readonly string[] = []): PeopleFrame => ({
  size: { width: 400, height: 300 },
  tracked: {
    count: 1,
    boxes: Float32Array.of(50, 0, 150, 210),
    scores: Float32Array.of(0.9),
    classes: new Uint16Array(1),
    tracks: Int32Array.of(1),
  },
  persons: Int32Array.of(1),
  keypoints: Float32Array.from(
    places.flatMap(([x, y], i) => [x, y, hidden.some((part) => COCO_KEYPOINTS[i]?.endsWith(part)) ? 0 : 0.9]),
  ),
});

const partsOf = (frame: PeopleFrame): number[] => bodyRegions(frame, 0).map(({ part }) => part);
const regionOf = (frame: PeopleFrame, part: number) =>
  bodyRegions(frame, 0).find((region) => region.part === part)?.polygon ?? [];

describe("the regions of a body", () => {
  it("are all 24 where the whole body is seen, each with an area", () => {
    const regions = bodyRegions(frameOf(FACING), 0);
    expect(regions.map(({ part }) => part)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    for (const { polygon } of regions) expect(polygonArea(polygon)).toBeGreaterThan(20);
  });

  it.each([
    ["a right thigh", [7, 9], { x: 82, y: 130 }],
    ["a left thigh", [8, 10], { x: 118, y: 130 }],
    ["a right shank", [11, 13], { x: 82, y: 180 }],
    ["a left upper arm", [15, 17], { x: 130, y: 66 }],
    ["a right forearm", [20, 22], { x: 61.5, y: 98 }],
  ] as const)("put %s around its bone, half on either side", (_, parts, place) => {
    const frame = frameOf(FACING);
    const beside = parts.map((part) =>
      [-2, 2].map((aside) => isInside(regionOf(frame, part), { x: place.x + aside, y: place.y })),
    );
    expect(beside.flat().toSorted()).toEqual([false, false, true, true]);
  });

  it("tell the body's left from its right, from the front and from behind", () => {
    const mirrored = FACING.map(([x, y]) => [200 - x, y] as const);
    for (const [frame, left] of [
      [frameOf(FACING), 112],
      [frameOf(mirrored), 88],
    ] as const) {
      expect(isInside(regionOf(frame, 2), { x: left, y: 80 })).toBe(true);
      expect(isInside(regionOf(frame, 1), { x: 200 - left, y: 80 })).toBe(true);
      expect(isInside(regionOf(frame, 24), { x: left > 100 ? 104 : 96, y: 24 })).toBe(true);
    }
  });

  it("leave out what is not seen, and what continues it", () => {
    expect(partsOf(frameOf(FACING, ["_wrist"]))).toEqual([
      1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 23, 24,
    ]);
    expect(partsOf(frameOf(FACING, ["_knee", "_ankle"])).filter((part) => part >= 5 && part <= 14)).toEqual([]);
  });

  it("are none where the torso is not seen, or no pose was found", () => {
    expect(bodyRegions(frameOf(FACING, ["_hip"]), 0)).toEqual([]);
    expect(bodyRegions({ ...frameOf(FACING), keypoints: null }, 0)).toEqual([]);
  });

  it("have corners that are numbers, however a skeleton is folded", () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(fc.array(place, { minLength: 17, maxLength: 17 }), (places) => {
        const corners = bodyRegions(frameOf(places), 0).flatMap(({ polygon }) => [...polygon]);
        expect(corners.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
      }),
    );
  });
});
