import { Assignment } from "../tracking/assignment.ts";
import { type ComparedFrame, type Comparison, reaches, total } from "./comparison.ts";

/** The overlap from which a track's box is a person's. */
const MATCH = 0.5;
const NOBODY = -1;

/** What CLEAR MOT counts; the counts of several sequences can be added. */
export interface ClearCounts {
  /** Boxes matched. */
  readonly truePositives: number;
  readonly falsePositives: number;
  /** People in a frame whom no track was matched with. */
  readonly falseNegatives: number;
  /** How often a person was matched with another track than the last time, however long ago that was. */
  readonly switches: number;
  /** How often a person was matched again after a frame without a match. */
  readonly fragments: number;
  /** The overlaps of all matches together. */
  readonly overlap: number;
}

/**
 * Counts for CLEAR MOT (Bernardin and Stiefelhagen 2008, doi 10.1155/2008/246309) under the conventions of the
 * MOTChallenge: a match of the last frame is kept while it overlaps by half, the others are found so that they overlap
 * most in sum, and a frame that is empty on either side leaves the matches to be kept as they were.
 */
export function clearCounts(comparison: Comparison): ClearCounts {
  const matcher = new Matcher(comparison.people.length);
  for (const frame of comparison.frames) matcher.take(frame);
  const { matches, switches, overlap } = matcher;
  return {
    truePositives: matches,
    falsePositives: total(comparison.tracks) - matches,
    falseNegatives: total(comparison.people) - matches,
    switches,
    fragments: matcher.fragments(),
    overlap,
  };
}

/** Multiple object tracking accuracy: 1 is perfect, and it falls below 0 where there are more errors than people. */
export function mota({ truePositives, falsePositives, falseNegatives, switches }: ClearCounts): number {
  return (truePositives - falsePositives - switches) / Math.max(1, truePositives + falseNegatives);
}

/** Multiple object tracking precision: the mean overlap of matches, 0..1; 0 where there are none. */
export const motp = ({ truePositives, overlap }: ClearCounts): number => overlap / Math.max(1, truePositives);

class Matcher {
  matches = 0;
  switches = 0;
  overlap = 0;
  /** The track each person was matched with in the last frame that had both. */
  readonly #kept: Int32Array;
  /** The track each person was last matched with. */
  readonly #last: Int32Array;
  /** How many runs of matched frames each person has. */
  readonly #runs: Int32Array;
  readonly #assignment = new Assignment();

  constructor(people: number) {
    this.#kept = new Int32Array(people).fill(NOBODY);
    this.#last = new Int32Array(people).fill(NOBODY);
    this.#runs = new Int32Array(people);
  }

  take(frame: ComparedFrame): void {
    const { people, tracks, overlaps } = frame;
    if (people.length === 0 || tracks.length === 0) return;
    const columns = this.#match(frame);
    const before = this.#kept.slice();
    this.#kept.fill(NOBODY);
    people.forEach((person, row) => {
      const column = columns[row] ?? NOBODY;
      if (column === NOBODY) return;
      this.matches++;
      this.overlap += overlaps[row * tracks.length + column] ?? 0;
      if (before[person] === NOBODY) this.#runs[person] = (this.#runs[person] ?? 0) + 1;
      this.#assign(person, tracks[column] ?? NOBODY);
    });
  }

  fragments(): number {
    return this.#runs.reduce((sum, runs) => sum + Math.max(0, runs - 1), 0);
  }

  #assign(person: number, track: number): void {
    const last = this.#last[person];
    if (last !== NOBODY && last !== track) this.switches++;
    this.#last[person] = track;
    this.#kept[person] = track;
  }

  /** The column of each row's match. */
  #match({ people, tracks, overlaps }: ComparedFrame): Int32Array {
    const columns = people.map((person, row) => {
      const column = tracks.indexOf(this.#kept[person] ?? NOBODY);
      const overlap = overlaps[row * tracks.length + column] ?? 0;
      return column !== NOBODY && reaches(overlap, MATCH) ? column : NOBODY;
    });
    const taken = new Set(columns);
    const costs = overlaps.map((overlap, cell) => {
      const row = Math.floor(cell / tracks.length);
      const free = columns[row] === NOBODY && !taken.has(cell % tracks.length);
      return free && reaches(overlap, MATCH) ? -overlap : 0;
    });
    const problem = { costs, rows: people.length, columns: tracks.length, gate: 0 };
    this.#assignment.solve(problem).forEach((column, row) => {
      if (column !== NOBODY) columns[row] = column;
    });
    return columns;
  }
}
