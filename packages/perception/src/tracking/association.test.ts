import { describe, expect, test } from "vitest";
import { Association, type Chosen } from "./association.ts";

/** Boxes 10 × 10 at the given left edges, all chosen. */
const row = (lefts: readonly number[], classes: readonly number[] = lefts.map(() => 0)): Chosen => ({
  boxes: Float32Array.from(lefts.flatMap((left) => [left, 0, left + 10, 10])),
  classes: Uint16Array.from(classes),
  indices: lefts.map((_, i) => i),
});

describe("association", () => {
  test.each([
    { name: "boxes go to the one they overlap most", known: row([0, 20]), found: row([21, 1]), pairs: [1, 0] },
    { name: "boxes apart are not paired", known: row([0]), found: row([20]), pairs: [-1] },
    { name: "an overlap under the limit is none", known: row([0]), found: row([6]), pairs: [-1] },
    {
      name: "a person is never paired with a car",
      known: row([0, 2], [0, 2]),
      found: row([0, 2], [2, 0]),
      pairs: [1, 0],
    },
    { name: "nor where it is the only one", known: row([0], [0]), found: row([0], [2]), pairs: [-1] },
    { name: "nothing known", known: row([]), found: row([0]), pairs: [] },
    { name: "nothing found", known: row([0]), found: row([]), pairs: [-1] },
  ])("$name", ({ known, found, pairs }) => {
    expect([...new Association().match(known, found, { minIou: 0.3 })]).toEqual(pairs);
  });

  test("only what is chosen takes part, and partners are positions among the chosen", () => {
    const known = { ...row([0, 50, 100]), indices: [2, 0] };
    const found = { ...row([51, 101, 1]), indices: [1, 2] };
    expect([...new Association().match(known, found, { minIou: 0.3 })]).toEqual([0, 1]);
  });
});
