import type { Detections } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, type JudgedPicture, type TrueObjects } from "./average-precision.ts";

type Corners = readonly [number, number, number, number];

interface Object {
  readonly box: Corners;
  readonly classIndex?: number;
  readonly crowd?: boolean;
}

interface Guess {
  readonly box: Corners;
  readonly score: number;
  readonly classIndex?: number;
}

const truthOf = (objects: readonly Object[]): TrueObjects => ({
  count: objects.length,
  boxes: Float32Array.from(objects.flatMap(({ box }) => box)),
  classes: Uint16Array.from(objects, ({ classIndex = 0 }) => classIndex),
  crowds: Uint8Array.from(objects, ({ crowd }) => Number(crowd ?? false)),
});

const foundOf = (guesses: readonly Guess[]): Detections => ({
  count: guesses.length,
  boxes: Float32Array.from(guesses.flatMap(({ box }) => box)),
  scores: Float32Array.from(guesses, ({ score }) => score),
  classes: Uint16Array.from(guesses, ({ classIndex = 0 }) => classIndex),
});

const picture = (objects: readonly Object[], guesses: readonly Guess[]): JudgedPicture => ({
  truth: truthOf(objects),
  found: foundOf(guesses),
});

/** A box of 100 × 100 whose overlap with the one at 0,0 is `overlap`, shrunk from the right. */
const overlapping = (overlap: number): Corners => [0, 0, 100 * overlap, 100];
const here: Corners = [0, 0, 100, 100];
const there: Corners = [500, 500, 600, 600];
const elsewhere: Corners = [1000, 0, 1100, 100];

describe("average precision", () => {
  it.each<[string, readonly JudgedPicture[], { ap: number; ap50: number }]>([
    [
      "is 1 when everything is found and nothing else",
      [picture([{ box: here }], [{ box: here, score: 0.4 }])],
      { ap: 1, ap50: 1 },
    ],
    ["is 0 when nothing is found", [picture([{ box: here }], [])], { ap: 0, ap50: 0 }],
    [
      // Right at .50 … .70 (5 of 10 overlaps), wrong from .75 on.
      "counts a loose box at the overlaps that it reaches",
      [picture([{ box: here }], [{ box: overlapping(0.72), score: 1 }])],
      { ap: 5 / 10, ap50: 1 },
    ],
    [
      // Recall .5 is reached at precision 1: recalls 0, .01, … .50 give 1, the other 50 give 0.
      "gives half found 51 of its 101 recalls",
      [picture([{ box: here }, { box: there }], [{ box: here, score: 1 }])],
      { ap: 51 / 101, ap50: 51 / 101 },
    ],
    [
      // Precisions 1, 1/2, 2/3 at recalls .5, .5, 1: 51 recalls at 1, 50 at 2/3.
      "takes the best precision at a recall or beyond it",
      [
        picture(
          [{ box: here }, { box: there }],
          [
            { box: here, score: 0.9 },
            { box: elsewhere, score: 0.8 },
            { box: there, score: 0.7 },
          ],
        ),
      ],
      { ap: (51 + 50 * (2 / 3)) / 101, ap50: (51 + 50 * (2 / 3)) / 101 },
    ],
    [
      // The second box on the same object is wrong: precision 1 up to recall 1 all the same, because it comes last.
      "does not count an object twice, and does not mind what comes after the last object",
      [
        picture(
          [{ box: here }],
          [
            { box: here, score: 0.9 },
            { box: here, score: 0.8 },
          ],
        ),
      ],
      { ap: 1, ap50: 1 },
    ],
    [
      // The better-scored box takes the object although the other fits better: up to .70 (5 overlaps) it is right and
      // comes first, precision 1. From .75 on it is wrong and the second right: precision 1/2 at every recall.
      "lets the better score choose first",
      [
        picture(
          [{ box: here }],
          [
            { box: overlapping(0.72), score: 0.9 },
            { box: here, score: 0.8 },
          ],
        ),
      ],
      { ap: (5 * 1 + 5 * 0.5) / 10, ap50: 1 },
    ],
    [
      // Wrong in picture 1 with score .9, right in picture 2 with .8: precision 1/2 at every recall.
      "ranks the detections of all pictures together",
      [picture([], [{ box: here, score: 0.9 }]), picture([{ box: here }], [{ box: here, score: 0.8 }])],
      { ap: 0.5, ap50: 0.5 },
    ],
    [
      // Class 0 has 1, class 1 has 0; class 2 has no object and does not count, though something was called it.
      "is the mean over the classes that occur",
      [
        picture(
          [{ box: here }, { box: there, classIndex: 1 }],
          [
            { box: here, score: 1 },
            { box: elsewhere, score: 1, classIndex: 2 },
          ],
        ),
      ],
      { ap: 0.5, ap50: 0.5 },
    ],
    [
      // The box within the crowd is neither right nor wrong; without the crowd precision would be 1/2.
      "overlooks what is found within a crowd",
      [
        picture(
          [{ box: here }, { box: [400, 400, 900, 900], crowd: true }],
          [
            { box: there, score: 0.9 },
            { box: here, score: 0.8 },
          ],
        ),
      ],
      { ap: 1, ap50: 1 },
    ],
    [
      // 72 of 100 columns of the box lie in the crowd: overlooked up to .70, wrong and first from .75 on.
      "takes the part of the box that is in the crowd for its overlap",
      [
        picture(
          [{ box: here }, { box: [528, 0, 2000, 2000], crowd: true }],
          [
            { box: there, score: 0.9 },
            { box: here, score: 0.8 },
          ],
        ),
      ],
      { ap: (5 * 1 + 5 * 0.5) / 10, ap50: 1 },
    ],
    [
      // An object within a crowd is found as itself.
      "prefers an object to the crowd around it",
      [picture([{ box: there }, { box: [400, 400, 900, 900], crowd: true }], [{ box: there, score: 0.9 }])],
      { ap: 1, ap50: 1 },
    ],
  ])("%s", (_, pictures, { ap, ap50 }) => {
    const judged = averagePrecision(pictures);
    expect(judged.ap).toBeCloseTo(ap, 10);
    expect(judged.ap50).toBeCloseTo(ap50, 10);
  });

  it("looks at the best hundred detections of a class and picture", () => {
    const noise = Array.from({ length: 100 }, (): Guess => ({ box: elsewhere, score: 0.9 }));
    const late = picture([{ box: here }], [...noise, { box: here, score: 0.8 }]);
    expect(averagePrecision([late]).ap).toBe(0);
    const inTime = picture([{ box: here }], [...noise.slice(1), { box: here, score: 0.8 }]);
    expect(averagePrecision([inTime]).ap).toBeCloseTo(1 / 100, 10);
    const otherClass = picture([{ box: here, classIndex: 1 }], [...noise, { box: here, score: 0.8, classIndex: 1 }]);
    expect(averagePrecision([otherClass]).ap).toBe(1);
  });

  it("tells each class and how many there are", () => {
    const judged = averagePrecision([
      picture(
        [
          { box: here, classIndex: 7 },
          { box: there, classIndex: 7, crowd: true },
          { box: there, classIndex: 2 },
        ],
        [],
      ),
    ]);
    expect(judged.classes).toEqual([
      { classIndex: 2, objects: 1, ap: 0, ap50: 0 },
      { classIndex: 7, objects: 1, ap: 0, ap50: 0 },
    ]);
  });

  it("is nothing where there is no object", () => {
    expect(averagePrecision([picture([], [{ box: here, score: 1 }])])).toEqual({ ap: null, ap50: null, classes: [] });
  });

  it("never falls when a wrong detection is taken away, and is 1 for the truth itself", () => {
    const corners = fc
      .tuple(fc.nat(200), fc.nat(200), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }))
      .map(([x, y, width, height]): Corners => [x, y, x + width, y + height]);
    const guess = fc.record({ box: corners, score: fc.float({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(corners, { minLength: 1 }), fc.array(guess), (boxes, guesses) => {
        const objects = boxes.map((box) => ({ box }));
        const far = { box: [5000, 5000, 5100, 5100] as const, score: 0.5 };
        const without = averagePrecision([picture(objects, guesses)]).ap ?? 0;
        expect(averagePrecision([picture(objects, [...guesses, far])]).ap).toBeLessThanOrEqual(without);
        const perfect = averagePrecision([
          picture(
            objects,
            boxes.map((box) => ({ box, score: 1 })),
          ),
        ]).ap;
        if (new Set(boxes.map(String)).size === boxes.length) expect(perfect).toBeCloseTo(1, 10);
      }),
    );
  });
});
