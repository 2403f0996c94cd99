import { type Micros, micros } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Timeline } from "./timeline.ts";

const s = (seconds: number): Micros => micros(Math.round(seconds * 1e6));
const live = (startAt = 0): Timeline => new Timeline(s(startAt), null);
const recording = (): Timeline => new Timeline(s(0), s(0.1));

describe("the media clock of a camera", () => {
  it("starts where it is told and keeps the spacing of the camera's own times", () => {
    const timeline = live(7);
    expect(timeline.place(s(100), 0)).toBe(s(7));
    expect(timeline.place(s(100.1), 5_000)).toBe(s(7.1));
    expect(timeline.place(s(100.3), 5_001)).toBe(s(7.3));
  });

  it("goes by arrival while the camera gives no times", () => {
    const timeline = live();
    const first = timeline.place(null, 1_000);
    expect(timeline.place(null, 1_100) - first).toBe(s(0.1));
    expect(timeline.place(s(0.1), 1_200) - first).toBe(s(0.2));
  });

  it.each([
    ["far back", 3],
    ["back by two seconds", 8_998],
    ["far ahead", 20_000],
  ])("continues where it left off when the camera's clock jumps %s", (_, pts) => {
    const timeline = live(50);
    timeline.place(s(9_000), 0);
    const before = timeline.place(s(9_000.1), 100);
    expect(timeline.place(s(pts), 200) - before).toBe(s(0.1));
    expect(timeline.place(s(pts + 0.1), 300) - before).toBe(s(0.2));
  });

  it("keeps a gap that the camera's clock and the wait agree on", () => {
    const timeline = live();
    timeline.place(s(0), 0);
    expect(timeline.place(s(60), 60_000)).toBe(s(60));
  });
});

describe("the media clock of a recording", () => {
  it("is the file's, however long reading takes", () => {
    const timeline = recording();
    expect(timeline.place(s(0), 0)).toBe(s(0));
    expect(timeline.place(s(0.1), 60_000)).toBe(s(0.1));
    expect(timeline.place(s(0.2), 60_001)).toBe(s(0.2));
  });

  it("keeps a gap that the file has", () => {
    const timeline = recording();
    timeline.place(s(0), 0);
    expect(timeline.place(s(45), 1)).toBe(s(45));
  });

  it("goes by the usual spacing while the file gives no times", () => {
    const timeline = recording();
    expect([0, 3, 900].map((arrived) => timeline.place(null, arrived))).toEqual([s(0), s(0.1), s(0.2)]);
  });

  it("carries on after the end of a file that loops", () => {
    const timeline = recording();
    timeline.place(s(0), 0);
    timeline.place(s(139.3), 10);
    timeline.restart();
    expect(timeline.place(s(0), 20)).toBe(s(139.4));
  });

  it("is the file's where its first pictures cannot be decoded", () => {
    expect(recording().place(s(1.7), 0)).toBe(s(1.7));
  });

  it("is not moved by a picture that a damaged file gives late", () => {
    const timeline = recording();
    timeline.place(s(5), 0);
    expect(timeline.place(s(0), 1)).toBe(s(5.1));
    expect(timeline.place(s(5.2), 2)).toBe(s(5.2));
  });

  it("carries on where a second recording was appended to the first", () => {
    const timeline = recording();
    timeline.place(s(1.9), 0);
    const before = timeline.place(s(2), 1);
    expect(timeline.place(s(0), 2) - before).toBe(s(0.1));
    expect(timeline.place(s(0.1), 3) - before).toBe(s(0.2));
  });
});

it("never stands still or goes back, whatever the source says", () => {
  const step = fc.record({ pts: fc.option(fc.integer({ min: -1e12, max: 1e12 })), wait: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2 }), fc.option(fc.integer({ min: 1, max: 1e6 })), (steps, spacing) => {
      const timeline = new Timeline(s(0), spacing === null ? null : micros(spacing));
      let arrived = 0;
      let last = -1;
      for (const { pts, wait } of steps) {
        arrived += wait;
        const at = timeline.place(pts === null ? null : micros(pts), arrived);
        expect(at).toBeGreaterThan(last);
        last = at;
      }
    }),
  );
});
