import { describe, expect, it } from "vitest";
import { type LumaGrid, MotionGate } from "./motion-gate.ts";

const COLUMNS = 64;
const ROWS = 36;

/** A wall of brightness 120 with the sensor's noise, and somebody dark of 3×8 cells at column `x`. */
function scene(x: number | null, noise = 0, seed = 1): LumaGrid {
  let state = seed * 2654435761;
  // Mulberry32: what a cell gets in one frame tells nothing of the next.
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const cells = Uint8Array.from({ length: COLUMNS * ROWS }, (_, i) => {
    const [column, row] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    const person = x !== null && column >= x && column < x + 3 && row >= 20 && row < 28;
    return (person ? 60 : 120) + noise * (2 * random() - 1);
  });
  return { columns: COLUMNS, rows: ROWS, cells };
}

const seconds = (s: number): number => s * 1e6;

/** Which of `frames` at 5 a second pass. */
function passing(gate: MotionGate, frames: readonly LumaGrid[], from = 0): number[] {
  return frames
    .map((grid, i) => ({ i, passed: gate.passes(grid, seconds(from + i / 5)) }))
    .flatMap(({ i, passed }) => (passed ? [i] : []));
}

const still = (count: number, noise = 0) => Array.from({ length: count }, (_, i) => scene(null, noise, i + 1));

describe("the motion gate", () => {
  it("closes on a picture that does not change, looks once more soon after, and then every ten seconds", () => {
    const gate = new MotionGate();
    const passed = passing(gate, still(500));
    expect(passed).toEqual([0, 1, 2, 13, 63, 113, 163, 213, 263, 313, 363, 413, 463]);
    expect(gate.gated).toBe(500 - passed.length);
  });

  it("opens with the first frame in which somebody walks, and closes soon after the last", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    passing(gate, still(100));
    const walk = Array.from({ length: 20 }, (_, i) => scene(2 + 3 * i));
    expect(passing(gate, walk, 20)).toEqual(walk.map((_, i) => i));
    // The place that was left differs from what it was for a while: the background forgets.
    const after = passing(gate, still(100), 24);
    expect(after.length).toBeGreaterThanOrEqual(3);
    expect(after.length).toBeLessThan(20);
  });

  it("opens for somebody far away, and for the second of two who pass the same place", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    const far = (x: number | null): LumaGrid => {
      const { cells, ...size } = scene(null);
      if (x !== null) for (const row of [10, 11, 12]) cells.fill(80, row * COLUMNS + x, row * COLUMNS + x + 2);
      return { ...size, cells };
    };
    passing(gate, still(100));
    for (const from of [20, 30]) {
      const walk = Array.from({ length: 20 }, (_, i) => far(10 + i));
      expect(passing(gate, walk, from)).toEqual(walk.map((_, i) => i));
      expect(passing(gate, still(25), from + 4).at(-1)).toBeLessThan(20);
    }
  });

  it("does not heed what moves behind a mask, and all the rest as before", () => {
    const [left, right] = [0, 0.5].map((x) => [
      { x, y: 0 },
      { x: x + 0.5, y: 0 },
      { x: x + 0.5, y: 1 },
      { x, y: 1 },
    ]);
    const walk = Array.from({ length: 20 }, (_, i) => scene(2 + i));
    const passed = [left, right].map((mask) => {
      const gate = new MotionGate({ heartbeatMicros: seconds(1_000), masks: [mask ?? []] });
      passing(gate, still(100));
      return passing(gate, walk, 20).length;
    });
    expect(passed).toEqual([0, 20]);
  });

  it("is not kept open by a noisy sensor", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    passing(gate, still(200, 12));
    expect(passing(gate, still(200, 12), 40).length).toBe(0);
  });

  it("sees somebody through the noise", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    passing(gate, still(200, 8));
    expect(gate.passes(scene(30, 8), seconds(41))).toBe(true);
  });

  it("stays open while somebody is tracked, however still", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    const frames = still(100);
    const passed = frames.filter((grid, i) => {
      gate.attend(seconds(i / 5));
      return gate.passes(grid, seconds(i / 5));
    });
    expect(passed.length).toBe(100);
  });

  it("stays open as long after the last sighting as a tracker waits, and looks again when zones have given up", () => {
    const gate = new MotionGate();
    passing(gate, still(100));
    gate.attend(seconds(20));
    expect(passing(gate, still(40), 20)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20]);
  });

  it("looks afresh when the camera changes its resolution", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    passing(gate, still(100));
    expect(gate.passes({ columns: 32, rows: 18, cells: new Uint8Array(32 * 18) }, seconds(30))).toBe(true);
  });
});
