import { type Detections, lineId, micros, zoneId } from "@sensorium/protocol";
import { describe, expect, it } from "vitest";
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
  const analysis = new Analysis({ lines: [line], zones: [], tracker: "byte-track", thresholds });
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
  const analysis = new Analysis({ lines: [line], zones: [], tracker: "byte-track", thresholds });
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

describe("a camera whose lines and zones change while it runs", () => {
  const size = { width: 1000, height: 500 };
  const zone = {
    id: zoneId("till"),
    corners: [
      { x: 0.4, y: 0 },
      { x: 0.6, y: 0 },
      { x: 0.6, y: 1 },
      { x: 0.4, y: 1 },
    ],
  };

  it("keeps its tracks, and what lines that stay know of them", () => {
    const analysis = new Analysis({ lines: [line], zones: [], tracker: "oc-sort", thresholds });
    const tracks = new Set<number>();
    let crossings = 0;
    for (let i = 0; i <= 40; i++) {
      if (i === 20) analysis.look({ lines: [{ ...line }, { ...line, id: lineId("other") }], zones: [] });
      const step = analysis.step(person(300 + 10 * i), { size, at: micros(i * 1e5) });
      for (const track of step.tracked.tracks) tracks.add(track);
      crossings += step.crossings.filter(({ line: id }) => id === line.id).length;
    }
    expect(tracks.size).toBe(1);
    expect(crossings).toBe(1);
  });

  it("knows who is in a new zone, and tells how long they stayed", () => {
    const analysis = new Analysis({ lines: [], zones: [], tracker: "sort", thresholds });
    const told: string[] = [];
    let most = 0;
    for (let i = 0; i <= 60; i++) {
      if (i === 5) analysis.look({ lines: [], zones: [zone] });
      const { zoneEvents } = analysis.step(person(300 + 10 * i), { size, at: micros(i * 1e5) });
      most = Math.max(most, analysis.occupancy(zone.id));
      told.push(
        ...zoneEvents.map((event) => `${event.type} ${"dwell" in event ? (event.dwell / 1e6).toFixed(1) : ""}`),
      );
    }
    expect(most).toBe(1);
    expect(told).toEqual(["entered ", "left 2.0"]);
    expect(analysis.occupancy(zone.id)).toBe(0);
  });

  it("counts each line by its own rule", () => {
    const head = { ...line, id: lineId("head"), anchor: "top-centre" as const };
    const once = { ...line, id: lineId("once"), oncePerTrack: true };
    const analysis = new Analysis({ lines: [line, head, once], zones: [], tracker: "byte-track", thresholds });
    const counted = new Map<string, number>();
    for (let i = 0; i <= 80; i++) {
      const x = i <= 40 ? 300 + 10 * i : 700 - 10 * (i - 40);
      const { crossings } = analysis.step(person(x), { size, at: micros(i * 1e5) });
      for (const { line: id } of crossings) counted.set(id, (counted.get(id) ?? 0) + 1);
    }
    expect(Object.fromEntries(counted)).toEqual({ door: 2, head: 2, once: 1 });
  });
});
