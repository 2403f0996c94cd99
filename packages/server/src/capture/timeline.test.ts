import { type Micros, micros } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Timeline } from "./timeline.ts";

const s = (seconds: number): Micros => micros(seconds * 1e6);

describe("the media clock", () => {
  it("keeps the spacing of the source's own times", () => {
    const timeline = new Timeline(s(0));
    const first = timeline.place(s(100), 0);
    expect(timeline.place(s(100.1), 5_000) - first).toBe(s(0.1));
    expect(timeline.place(s(100.3), 5_001) - first).toBe(s(0.3));
  });

  it("goes by arrival while the source gives no times", () => {
    const timeline = new Timeline(s(0));
    const first = timeline.place(null, 1_000);
    expect(timeline.place(null, 1_100) - first).toBe(s(0.1));
    expect(timeline.place(s(0.1), 1_200) - first).toBe(s(0.2));
  });

  it("continues where it left off when the camera's clock jumps", () => {
    const timeline = new Timeline(s(50));
    timeline.place(s(9_000), 0);
    const before = timeline.place(s(9_000.1), 100);
    expect(timeline.place(s(3), 200) - before).toBe(s(0.1));
  });

  it("carries on after the end of a file that loops", () => {
    const timeline = new Timeline(s(0));
    timeline.place(s(0), 0);
    const last = timeline.place(s(139.3), 10);
    timeline.restart(s(0.1));
    expect(timeline.place(s(0), 20) - last).toBe(s(0.1));
  });

  it("never stands still or goes back, whatever the source says", () => {
    const step = fc.record({ pts: fc.option(fc.integer({ min: -1e12, max: 1e12 })), wait: fc.nat(100_000) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2 }), (steps) => {
        const timeline = new Timeline(s(0));
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
});
