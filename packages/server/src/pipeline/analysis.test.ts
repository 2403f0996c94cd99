import { type Detections, lineId, micros } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { Analysis } from "./analysis.ts";

const line = { id: lineId("door"), a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } };
const thresholds = { low: 0.1, high: 0.5, start: 0.5 };

/** One person 100×200 whose feet are at `x` of a 1000×500 picture, in a picture `scale` times that size. */
const person = (x: number, scale = 1): Detections => ({
  count: 1,
  boxes: Float32Array.of(x - 50, 200, x + 50, 400).map((value) => value * scale),
  scores: Float32Array.of(0.9),
  classes: Uint16Array.of(0),
});

it("a person who walks through is one track and one crossing", () => {
  const analysis = new Analysis({ lines: [line], thresholds });
  const tracks = new Set<number>();
  const directions: string[] = [];
  for (let i = 0; i <= 40; i++) {
    const step = analysis.step(person(300 + 10 * i), { size: { width: 1000, height: 500 }, at: micros(i * 1e5) });
    for (const track of step.tracked.tracks) tracks.add(track);
    directions.push(...step.crossings.map(({ direction }) => direction));
  }
  expect(tracks.size).toBe(1);
  expect(directions).toEqual(["in"]);
});

it("a source that changes its resolution midway keeps its tracks and its count", () => {
  const analysis = new Analysis({ lines: [line], thresholds });
  const tracks = new Set<number>();
  let crossings = 0;
  for (let i = 0; i <= 40; i++) {
    const scale = i < 18 ? 1 : 0.5;
    const size = { width: 1000 * scale, height: 500 * scale };
    const step = analysis.step(person(300 + 10 * i, scale), { size, at: micros(i * 1e5) });
    for (const track of step.tracked.tracks) tracks.add(track);
    crossings += step.crossings.length;
    expect(step.size).toEqual({ width: 1000, height: 500 });
  }
  expect(tracks.size).toBe(1);
  expect(crossings).toBe(1);
});
