import type { Tracked } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scene } from "../../test/scene.ts";
import { addTracking, countTracking, type TrackingScores, trackingScores } from "./tracking-scores.ts";

const measure = (truth: readonly Tracked[], output: readonly Tracked[]): TrackingScores =>
  trackingScores(countTracking(truth, output));

interface Case {
  readonly name: string;
  readonly truth: Tracked[];
  readonly output: Tracked[];
  readonly scores: Partial<TrackingScores>;
}

describe("the measures of a tracker that", () => {
  test.each<Case>([
    {
      name: "is perfect",
      truth: scene("A B", "A B", "A B", "A B"),
      output: scene("7A 9B", "9B 7A", "7A 9B", "7A 9B"),
      scores: {
        ...{ mota: 1, motp: 1, idf1: 1, hota: 1, detA: 1, assA: 1, locA: 1 },
        ...{ switches: 0, fragments: 0, falsePositives: 0, falseNegatives: 0 },
      },
    },
    {
      // 8 boxes match, 2 people change numbers: MOTA (8 − 2) / 8. A track shares 2 of 4 frames with its best person:
      // 4 boxes are rightly identified, 4 not on either side: IDF1 4 / (4 + 4). Each of the four pairs is matched twice
      // in the 4 + 4 − 2 frames that either is there: AssA 2 / 6, HOTA √(1 · ⅓).
      name: "swaps two people halfway",
      truth: scene("A B", "A B", "A B", "A B"),
      output: scene("1A 2B", "1A 2B", "2A 1B", "2A 1B"),
      scores: { mota: 0.75, motp: 1, idf1: 0.5, hota: Math.sqrt(1 / 3), detA: 1, assA: 1 / 3, switches: 2 },
    },
    {
      // 3 of 4 boxes: MOTA 3/4, IDF1 3 / (3 + ½), DetA 3/4; the pair is matched in 3 of 4 frames: AssA 3/4, HOTA 3/4.
      name: "misses a person in one frame",
      truth: scene("A", "A", "A", "A"),
      output: scene("1A", "1A", "", "1A"),
      scores: { mota: 0.75, idf1: 6 / 7, hota: 0.75, detA: 0.75, assA: 0.75, falseNegatives: 1, switches: 0 },
    },
    {
      // 4 boxes match, 1 does not: MOTA (4 − 1) / 4, IDF1 4 / (4 + ½), DetA 4/5, AssA 1, HOTA √(4/5).
      name: "sees somebody who is not there once",
      truth: scene("A", "A", "A", "A"),
      output: scene("1A", "1A 2C", "1A", "1A"),
      scores: { mota: 0.75, idf1: 8 / 9, hota: Math.sqrt(0.8), detA: 0.8, assA: 1, falsePositives: 1 },
    },
    {
      // All boxes match, one change of number: MOTA (4 − 1) / 4. Of two halves one is right: IDF1 2 / (2 + 2). Each half
      // is matched in 2 of the person's 4 frames: AssA 2/4, HOTA √½.
      name: "breaks a track in two",
      truth: scene("A", "A", "A", "A"),
      output: scene("1A", "1A", "2A", "2A"),
      scores: { mota: 0.75, idf1: 0.5, hota: Math.sqrt(0.5), detA: 1, assA: 0.5, switches: 1, fragments: 0 },
    },
    {
      // A is matched in two runs of frames, and that is one fragment: MOTA 5/6.
      name: "loses one of two people for a frame",
      truth: scene("A B", "A B", "A B"),
      output: scene("1A 2B", "2B", "1A 2B"),
      scores: { mota: 5 / 6, fragments: 1, switches: 0, falseNegatives: 1 },
    },
    {
      // The number of before the gap is the last one: coming back under another is a switch, MOTA (5 − 1) / 6.
      name: "gives somebody who was lost for a frame another number",
      truth: scene("A B", "A B", "A B"),
      output: scene("1A 2B", "2B", "3A 2B"),
      scores: { mota: 4 / 6, fragments: 1, switches: 1 },
    },
    {
      // CLEAR keeps a match that overlaps by half while there is a better one, so that track 2 is a false positive
      // until 1 is gone: 3 matches, 1 false positive, 1 switch, MOTA (3 − 1 − 1) / 3; MOTP (.6 + .6 + 1) / 3.
      name: "puts a second, better box on a person",
      truth: scene("A", "A", "A"),
      output: scene("1A~", "1A~ 2A", "2A"),
      scores: { mota: 1 / 3, motp: 2.2 / 3, switches: 1, falsePositives: 1 },
    },
    {
      // A frame without any track leaves the match to be kept: 2 is a false positive, MOTA (2 − 1) / 3, and 1 goes on.
      name: "puts a better box on a person after a frame with none",
      truth: scene("A", "A", "A"),
      output: scene("1A~", "", "1A~ 2A"),
      scores: { mota: 1 / 3, motp: 0.6, switches: 0, fragments: 0, falsePositives: 1, falseNegatives: 1 },
    },
    {
      // .6 reaches the 12 thresholds from .05 to .6. There all is right; at the other 7 nothing is, and LocA is 1.
      name: "draws boxes that overlap by 0.6",
      truth: scene("A", "A", "A", "A"),
      output: scene("1A~", "1A~", "1A~", "1A~"),
      scores: { mota: 1, motp: 0.6, idf1: 1, hota: 12 / 19, detA: 12 / 19, assA: 12 / 19, locA: (12 * 0.6 + 7) / 19 },
    },
    {
      name: "sees three where nobody is",
      truth: scene("", ""),
      output: scene("1A 2B", "1A"),
      scores: { mota: -3, motp: 0, idf1: 0, hota: 0, detA: 0, assA: 0, locA: 1, falsePositives: 3 },
    },
    {
      name: "sees nobody",
      truth: scene("A B", "A"),
      output: [],
      scores: { mota: 0, motp: 0, idf1: 0, hota: 0, detA: 0, assA: 0, locA: 1, falseNegatives: 3 },
    },
    {
      name: "has nothing to see and sees nothing",
      truth: [],
      output: [],
      scores: { mota: 0, idf1: 0, hota: 0, switches: 0, falsePositives: 0, falseNegatives: 0 },
    },
  ])("$name", ({ truth, output, scores }) => {
    const measured = measure(truth, output);
    for (const [key, value] of Object.entries(scores)) {
      expect(measured[key as keyof TrackingScores], key).toBeCloseTo(value, 6);
    }
  });
});

test("HOTA prefers partners who stay together to those who overlap a little more for a frame", () => {
  // In frame 2 track 2, which is B's otherwise, is right on A, and 1 is a little aside.
  const truth = scene("A B", "A B", "A B");
  const output = scene("1A 2B", "1A~ 2A", "1A 2B");
  const { association } = countTracking(truth, output).hota;
  // At .05 A and 1 are matched in all their 3 frames, B and 2 in 2 of the 3 + 3 − 2 that either is there: 3 · 1 + 2 · ½.
  expect(association[0]).toBeCloseTo(4, 6);
});

describe("several sequences", () => {
  test("are measured as one in which longer ones weigh more", () => {
    const short = countTracking(scene("A"), scene(""));
    const long = countTracking(scene("A", "A", "A"), scene("1A", "1A", "1A"));
    // 3 of 4 boxes in all: MOTA 3/4, IDF1 3 / (3 + ½); all association is perfect: HOTA √(3/4).
    const { mota, idf1, hota } = trackingScores(addTracking([short, long]));
    expect([mota, idf1, hota]).toEqual([0.75, 6 / 7, expect.closeTo(Math.sqrt(0.75), 6)]);
  });

  const letter = fc.constantFrom("A", "B", "C");
  const items = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 4 }), letter, fc.constantFrom("", "~")), {
    selector: ([number]) => number,
  });
  const frames = fc.array(
    fc.record({ truth: fc.uniqueArray(letter), output: items }).map(({ truth, output }) => ({
      truth: truth.join(" "),
      output: output.map((parts) => parts.join("")).join(" "),
    })),
    { maxLength: 8 },
  );
  const truthOf = (all: readonly { truth: string }[]): Tracked[] => scene(...all.map(({ truth }) => truth));
  const outputOf = (all: readonly { output: string }[]): Tracked[] => scene(...all.map(({ output }) => output));
  const renumbered = (all: readonly Tracked[]): Tracked[] =>
    all.map((frame) => ({ ...frame, tracks: frame.tracks.map((track) => track + 1000) }));

  test("one after the other, with other people in each, measure as their counts added", () => {
    fc.assert(
      fc.property(frames, frames, (first, second) => {
        const joined = measure(
          [...truthOf(first), ...renumbered(truthOf(second))],
          [...outputOf(first), ...renumbered(outputOf(second))],
        );
        const added = trackingScores(
          addTracking([first, second].map((all) => countTracking(truthOf(all), outputOf(all)))),
        );
        for (const key of ["mota", "idf1", "hota", "detA", "assA", "locA", "switches"] as const) {
          expect(joined[key], key).toBeCloseTo(added[key], 9);
        }
      }),
    );
  });

  test("whatever is put out, every score is from 0 to 1, MOTA at most 1, and the truth itself scores 1", () => {
    fc.assert(
      fc.property(frames, (all) => {
        const scores = measure(truthOf(all), outputOf(all));
        for (const key of ["motp", "idf1", "hota", "detA", "assA", "locA"] as const) {
          expect(scores[key], key).toBeGreaterThanOrEqual(0);
          expect(scores[key], key).toBeLessThanOrEqual(1 + 1e-9);
        }
        expect(scores.mota).toBeLessThanOrEqual(1);
        const itself = measure(truthOf(all), truthOf(all));
        const somebody = all.some(({ truth }) => truth !== "");
        expect([itself.mota, itself.idf1, itself.hota]).toEqual(somebody ? [1, 1, 1] : [0, 0, 0]);
      }),
    );
  });

  test("no way to give people tracks identifies more boxes than IDF1 counts", () => {
    fc.assert(
      fc.property(frames, (all) => {
        const { identity } = countTracking(truthOf(all), outputOf(all));
        expect(identity.truePositives).toBe(mostShared(truthOf(all), outputOf(all)));
      }),
    );
  });
});

/** The most frames shared over every way to give people 1..3 distinct tracks of 1..4, or none. */
function mostShared(truth: readonly Tracked[], output: readonly Tracked[]): number {
  const on = (frame: Tracked | undefined, number: number): number => {
    const index = frame ? [...frame.tracks].indexOf(number) : -1;
    return index < 0 ? Number.NaN : Math.floor((frame?.boxes[4 * index] ?? 0) / 100);
  };
  const shared = (person: number, track: number): number =>
    truth.filter((frame, i) => on(frame, person) === on(output[i], track)).length;
  const most = (person: number, free: readonly number[]): number =>
    person > 3
      ? 0
      : Math.max(
          most(person + 1, free),
          ...free.map(
            (track) =>
              shared(person, track) +
              most(
                person + 1,
                free.filter((other) => other !== track),
              ),
          ),
        );
  return most(1, [1, 2, 3, 4]);
}
