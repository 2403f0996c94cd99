import type { live } from "@sensorium/protocol/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Alignment } from "./alignment.ts";

const size = { width: 100, height: 100 };

/** Tracks at `seconds` with one box per id, whose left edge is given. */
function tracks(seconds: number, lefts: Record<number, number>): live.TracksMessage {
  const ids = Object.keys(lefts).map(Number);
  return {
    type: "tracks",
    camera: "door",
    simulated: false,
    at: seconds * 1e6,
    sequence: 0,
    size,
    ids,
    boxes: ids.flatMap((id) => [lefts[id] ?? 0, 0, (lefts[id] ?? 0) + 10, 20]),
    classes: ids.map(() => 0),
    scores: ids.map(() => 1),
    keypoints: null,
    times: { capturedMs: 0, decodedMs: 0, inferredMs: 0, sentMs: 0, inferenceMs: 0 },
  };
}
const picture = (seconds: number) => ({ at: seconds * 1e6 });
const leftsOf = (alignment: Alignment<{ at: number }>, seconds: number) =>
  Object.fromEntries(alignment.boxesAt(seconds * 1e6)?.boxes.map(({ id, x1 }) => [id, x1]) ?? []);

describe("a picture", () => {
  it("is shown with the boxes of its own time, whichever came first", () => {
    const alignment = new Alignment();
    alignment.addTracks(tracks(1, { 4: 10 }), 0);
    alignment.addPicture(picture(1), 5);
    expect(alignment.take(5)?.boxes?.boxes).toMatchObject([{ id: 4, x1: 10 }]);
    alignment.addPicture(picture(2), 10);
    expect(alignment.take(10)).toBeNull();
    alignment.addTracks(tracks(2, { 4: 30 }), 40);
    expect(alignment.take(40)?.boxes?.boxes).toMatchObject([{ id: 4, x1: 30 }]);
  });

  it("waits for its boxes for 150 ms and no longer", () => {
    const alignment = new Alignment();
    alignment.addTracks(tracks(1, { 4: 10 }), 0);
    alignment.addPicture(picture(1.1), 100);
    expect(alignment.take(249)).toBeNull();
    expect(alignment.take(250)?.boxes?.boxes).toMatchObject([{ id: 4, x1: 10 }]);
  });

  it("does not wait when nobody infers", () => {
    const alignment = new Alignment();
    alignment.addPicture(picture(1), 0);
    expect(alignment.take(0)).toEqual({ picture: picture(1), boxes: null, skipped: [] });
    alignment.addTracks(tracks(1, {}), 0);
    alignment.addPicture(picture(9), 1_000);
    expect(alignment.take(1_000)?.boxes).toBeNull();
  });

  it("that is older than one ready to be shown is skipped and given back", () => {
    const alignment = new Alignment();
    for (const seconds of [1, 2, 3]) alignment.addPicture(picture(seconds), 0);
    alignment.addTracks(tracks(2, {}), 0);
    expect(alignment.take(0)).toMatchObject({ picture: picture(2), skipped: [picture(1)] });
    expect(alignment.take(0)).toBeNull();
  });

  it("of a stream that started anew replaces those of the old one", () => {
    const alignment = new Alignment();
    alignment.addTracks(tracks(50, { 4: 10 }), 0);
    alignment.addPicture(picture(60), 0);
    expect(alignment.addPicture(picture(0), 10)).toEqual([picture(60)]);
    alignment.addTracks(tracks(0, { 1: 5 }), 10);
    expect(alignment.take(10)?.boxes?.boxes).toMatchObject([{ id: 1, x1: 5 }]);
  });

  it("that a newer one overtook, or that came before, is given back at once", () => {
    const alignment = new Alignment();
    alignment.addPicture(picture(2), 0);
    const late = picture(1.9);
    expect(alignment.addPicture(late, 10)).toEqual([late]);
    expect(alignment.addPicture(picture(2), 20)).toEqual([picture(2)]);
    expect(alignment.take(20)).toMatchObject({ picture: picture(2), skipped: [] });
  });

  it("is shown or given back exactly once, and few are ever held", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("picture" as const), at: fc.nat(30) }),
      fc.record({ kind: fc.constant("tracks" as const), at: fc.nat(30) }),
      fc.record({ kind: fc.constant("take" as const), at: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const alignment = new Alignment<{ at: number }>();
        const [given, back] = [[] as object[], [] as object[]];
        steps.forEach(({ kind, at }, i) => {
          const added = picture(at);
          if (kind === "picture") {
            given.push(added);
            back.push(...alignment.addPicture(added, i * 20));
          } else if (kind === "tracks") alignment.addTracks(tracks(at, {}), i * 20);
          else {
            const shown = alignment.take(i * 20);
            if (shown) back.push(...shown.skipped, shown.picture);
          }
          expect(given.length - back.length).toBeLessThanOrEqual(12);
        });
        back.push(...alignment.clear());
        expect(new Set(back)).toEqual(new Set(given));
        expect(back.length).toBe(given.length);
      }),
    );
  });
});

describe("boxes between two inferred frames", () => {
  const alignment = new Alignment<{ at: number }>();
  alignment.addTracks(tracks(1, { 1: 0, 2: 50 }), 0);
  alignment.addTracks(tracks(1.4, { 1: 40, 3: 70 }), 0);

  it.each([
    ["at the first", 1, { 1: 0, 2: 50 }],
    ["a quarter on: one moves, one is still there", 1.1, { 1: 10, 2: 50 }],
    ["three quarters on: one moves, another has appeared", 1.3, { 1: 30, 3: 70 }],
    ["at the second", 1.4, { 1: 40, 3: 70 }],
    ["just after the second", 1.5, { 1: 40, 3: 70 }],
    ["long after the second", 2.5, {}],
    ["long before the first", -0.5, {}],
  ])("%s", (_, seconds, lefts) => {
    expect(leftsOf(alignment, seconds)).toEqual(lefts);
  });

  it("are not made up across a long gap", () => {
    const gap = new Alignment<{ at: number }>();
    gap.addTracks(tracks(1, { 1: 0 }), 0);
    gap.addTracks(tracks(5, { 1: 80 }), 0);
    expect(leftsOf(gap, 3)).toEqual({});
    expect(leftsOf(gap, 4.5)).toEqual({ 1: 80 });
  });
});
