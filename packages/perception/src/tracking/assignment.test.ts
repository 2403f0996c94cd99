import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Assignment } from "./assignment.ts";

const solve = (rows: number[][], gate: number): number[] => {
  const columns = rows[0]?.length ?? 0;
  const costs = Float32Array.from(rows.flat());
  return [...new Assignment().solve({ costs, rows: rows.length, columns, gate })];
};

describe("linear assignment", () => {
  test.each([
    {
      name: "each takes its best where those differ",
      costs: [
        [0, 1],
        [1, 0],
      ],
      gate: 2,
      pairs: [0, 1],
    },
    {
      name: "one yields where the sum gains",
      costs: [
        [1, 2],
        [1, 4],
      ],
      gate: 9,
      pairs: [1, 0],
    },
    { name: "more rows than columns leaves rows out", costs: [[3], [1], [2]], gate: 9, pairs: [-1, 0, -1] },
    { name: "more columns than rows leaves columns out", costs: [[3, 1, 2]], gate: 9, pairs: [1] },
    { name: "a pair at the gate is impossible", costs: [[0.8]], gate: 0.8, pairs: [-1] },
    {
      name: "a good pair is not given up for two poor ones",
      costs: [
        [0, 0.7],
        [0.7, 1],
      ],
      gate: 0.8,
      pairs: [0, -1],
    },
    { name: "nothing to pair", costs: [], gate: 1, pairs: [] },
    { name: "no columns", costs: [[], []], gate: 1, pairs: [-1, -1] },
  ])("$name", ({ costs, gate, pairs }) => {
    expect(solve(costs, gate)).toEqual(pairs);
  });

  const matrix = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 16 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

  test("no other pairing gains more", () => {
    fc.assert(
      fc.property(matrix, fc.integer({ min: 0, max: 18 }), (costs, gate) => {
        const pairs = solve(costs, gate);
        const taken = pairs.filter((column) => column >= 0);
        expect(new Set(taken).size).toBe(taken.length);
        const gains = pairs.map((column, row) => (column < 0 ? 0 : gate - (costs[row]?.[column] ?? Number.NaN)));
        expect(gains.every((gain, row) => pairs[row] === -1 || gain > 0)).toBe(true);
        expect(gains.reduce((sum, gain) => sum + gain, 0)).toBe(bestGain(costs, gate));
      }),
      { numRuns: 500 },
    );
  });

  test("a solver that is used again forgets the last problem", () => {
    const assignment = new Assignment();
    const large = new Float32Array(400).map((_, i) => (i * 7919) % 101);
    assignment.solve({ costs: large, rows: 20, columns: 20, gate: 200 });
    const small = assignment.solve({ costs: Float32Array.of(5, 1, 1, 5), rows: 2, columns: 2, gate: 9 });
    expect([...small]).toEqual([1, 0]);
  });
});

/** The largest sum of gate − cost over every way to pair rows with distinct columns. */
function bestGain(costs: readonly number[][], gate: number, taken: readonly number[] = []): number {
  const [row, ...rest] = costs;
  if (row === undefined) return 0;
  const gains = row.map((cost, column) =>
    taken.includes(column) ? 0 : gate - cost + bestGain(rest, gate, [...taken, column]),
  );
  return Math.max(bestGain(rest, gate, taken), ...gains);
}
