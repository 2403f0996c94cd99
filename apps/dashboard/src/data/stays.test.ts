import { describe, expect, it } from "vitest";
import { type Stay, staysAfter, type ZoneEvent } from "./stays.ts";

const base = { environment: "default", camera: "door", simulated: false, zone: "queue", className: "person", at: 0 };
const entered = (track: number, wallMs: number): ZoneEvent => {
  return { ...base, type: "zone-entered", id: `in-${track}-${wallMs}`, track, wallMs };
};
const left = (track: number, wallMs: number, dwellMs: number): ZoneEvent => {
  return { ...base, type: "zone-left", id: `out-${track}-${wallMs}`, track, wallMs, dwellMs };
};
const after = (...events: readonly ZoneEvent[]): readonly Stay[] => events.reduce(staysAfter, [] as readonly Stay[]);

describe("the list of stays", () => {
  it("has who is inside, and for how long who has left was", () => {
    expect(after(entered(4, 1_000), entered(7, 2_000), left(4, 9_000, 8_000))).toMatchObject([
      { track: 7, enteredMs: 2_000, dwellMs: null },
      { track: 4, enteredMs: 1_000, dwellMs: 8_000 },
    ]);
  });

  it("keeps two stays of one person apart", () => {
    expect(after(entered(4, 1_000), left(4, 2_000, 1_000), entered(4, 5_000), left(4, 9_000, 4_000))).toMatchObject([
      { enteredMs: 5_000, dwellMs: 4_000 },
      { enteredMs: 1_000, dwellMs: 1_000 },
    ]);
  });

  it("has a stay whose beginning was missed, at the time it began", () => {
    expect(after(entered(7, 2_000), left(4, 9_000, 8_000))).toMatchObject([
      { track: 7 },
      { track: 4, enteredMs: 1_000 },
    ]);
  });

  it("holds the newest thirty", () => {
    const stays = after(...Array.from({ length: 40 }, (_, i) => entered(i + 1, i)));
    expect(stays).toHaveLength(30);
    expect(stays[0]).toMatchObject({ track: 40 });
  });
});
