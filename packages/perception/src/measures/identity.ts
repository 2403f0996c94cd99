import { Assignment } from "../tracking/assignment.ts";
import { type Comparison, pairAt, reaches, total } from "./comparison.ts";

/** The overlap from which a track's box is a person's. */
const MATCH = 0.5;

/** What IDF1 counts; the counts of several sequences can be added. */
export interface IdentityCounts {
  /** Boxes on the person that their track stands for throughout. */
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/**
 * Counts for IDF1 (Ristani et al. 2016, arXiv 1609.01775): every person is given one track at most for the whole
 * sequence, and every track one person, so that they share the most frames.
 */
export function identityCounts(comparison: Comparison): IdentityCounts {
  const { people, tracks } = comparison;
  const shared = new Float32Array(people.length * tracks.length);
  for (const frame of comparison.frames) {
    frame.overlaps.forEach((overlap, cell) => {
      if (!reaches(overlap, MATCH)) return;
      const pair = pairAt(comparison, frame, cell);
      shared[pair] = (shared[pair] ?? 0) + 1;
    });
  }
  const problem = { costs: shared.map((count) => -count), rows: people.length, columns: tracks.length, gate: 0 };
  const truePositives = new Assignment()
    .solve(problem)
    .reduce((sum, track, person) => sum + (track < 0 ? 0 : (shared[person * tracks.length + track] ?? 0)), 0);
  return {
    truePositives,
    falsePositives: total(tracks) - truePositives,
    falseNegatives: total(people) - truePositives,
  };
}

/** The harmonic mean of how much of the output and how much of the truth is rightly identified, 0..1. */
export function idf1({ truePositives, falsePositives, falseNegatives }: IdentityCounts): number {
  return truePositives / Math.max(1, truePositives + (falsePositives + falseNegatives) / 2);
}
