import { describe, expect, it } from "vitest";
import { type LumaGrid, MotionGate } from "./motion-gate.ts";

const COLUMNS = 64;
const ROWS = 36;

/** A wall of brightness 120 with the sensor's noise, and somebody dark of 3×8 cells at column `x`. */
function scene(x: number | null, noise = 0, seed = 1): LumaGrid {
  let state = seed * 2654435761;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
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
  it("closes on a picture that does not change, and looks every ten seconds all the same", () => {
    const gate = new MotionGate();
    const passed = passing(gate, still(500));
    expect(passed.filter((i) => i > 10)).toEqual([60, 110, 160, 210, 260, 310, 360, 410, 460]);
    expect(gate.gated).toBe(500 - passed.length);
  });

  it("opens with the first frame in which somebody walks, and closes two seconds after the last", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    passing(gate, still(100));
    const walk = Array.from({ length: 20 }, (_, i) => scene(2 + 3 * i));
    expect(passing(gate, walk, 20)).toEqual(walk.map((_, i) => i));
    // The place that was left differs from what it was for a while: the background forgets.
    const after = passing(gate, still(100), 24);
    expect(after.length).toBeGreaterThanOrEqual(10);
    expect(after.length).toBeLessThan(60);
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

  it("looks afresh when the camera changes its resolution", () => {
    const gate = new MotionGate({ heartbeatMicros: seconds(1_000) });
    passing(gate, still(100));
    expect(gate.passes({ columns: 32, rows: 18, cells: new Uint8Array(32 * 18) }, seconds(30))).toBe(true);
  });
});
