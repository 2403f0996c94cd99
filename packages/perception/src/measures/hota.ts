import { Assignment } from "../tracking/assignment.ts";
import { type Comparison, framesOf, pairAt, reaches, total } from "./comparison.ts";

/** The overlaps, .05 to .95, from each of which a track's box is a person's in turn. */
export const hotaThresholds: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** What HOTA counts, one value per threshold; the counts of several sequences can be added. */
export interface HotaCounts {
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
  readonly falseNegatives: Float64Array;
  /** Over all matches, the share of its person's and its track's frames in which the two are matched. */
  readonly association: Float64Array;
  /** The overlaps of all matches together. */
  readonly overlap: Float64Array;
}

/** HOTA and its parts, each a mean over the thresholds, 0..1. */
export interface HotaScores {
  readonly hota: number;
  /** Detection: of all boxes, true and put out, the share that match. */
  readonly detA: number;
  /** Association: how far matches belong to people and tracks that go together throughout. */
  readonly assA: number;
  /** Localisation: the mean overlap of matches; 1 at a threshold nothing reaches. */
  readonly locA: number;
}

/** Who is matched with whom in one frame, and how well. */
interface Match {
  /** As `pairAt` says. */
  readonly pair: number;
  readonly overlap: number;
}

/**
 * Counts for HOTA (Luiten et al. 2021, arXiv 2009.07736): in each frame people and tracks are matched so that overlaps,
 * weighted by how well the two go together over the whole sequence, are largest in sum.
 */
export function hotaCounts(comparison: Comparison): HotaCounts {
  const { people, tracks } = comparison;
  const matches = matchesOf(comparison, alignment(comparison));
  const counts: HotaCounts = {
    truePositives: perThreshold(),
    falsePositives: perThreshold(),
    falseNegatives: perThreshold(),
    association: perThreshold(),
    overlap: perThreshold(),
  };
  hotaThresholds.forEach((threshold, i) => {
    const reaching = matches.filter(({ overlap }) => reaches(overlap, threshold));
    counts.truePositives[i] = reaching.length;
    counts.falsePositives[i] = total(tracks) - reaching.length;
    counts.falseNegatives[i] = total(people) - reaching.length;
    counts.association[i] = association(reaching, comparison);
    counts.overlap[i] = reaching.reduce((sum, { overlap }) => sum + overlap, 0);
  });
  return counts;
}

/** The means over all thresholds. */
export function hotaScores(counts: HotaCounts): HotaScores {
  const at = (values: Float64Array, i: number): number => values[i] ?? 0;
  const each = hotaThresholds.map((_, i) => {
    const matches = at(counts.truePositives, i);
    const detA = matches / Math.max(1, matches + at(counts.falsePositives, i) + at(counts.falseNegatives, i));
    const assA = at(counts.association, i) / Math.max(1, matches);
    return { hota: Math.sqrt(detA * assA), detA, assA, locA: matches > 0 ? at(counts.overlap, i) / matches : 1 };
  });
  const mean = (of: keyof HotaScores): number => each.reduce((sum, scores) => sum + scores[of], 0) / each.length;
  return { hota: mean("hota"), detA: mean("detA"), assA: mean("assA"), locA: mean("locA") };
}

const perThreshold = (): Float64Array => new Float64Array(hotaThresholds.length);

/** How well each person and each track go together over the whole sequence, 0..1. */
function alignment(comparison: Comparison): Float64Array {
  const together = new Float64Array(comparison.people.length * comparison.tracks.length);
  for (const frame of comparison.frames) {
    const columns = frame.tracks.length;
    const ofPerson = new Float64Array(frame.people.length);
    const ofTrack = new Float64Array(columns);
    frame.overlaps.forEach((overlap, cell) => {
      const row = Math.floor(cell / columns);
      ofPerson[row] = (ofPerson[row] ?? 0) + overlap;
      ofTrack[cell % columns] = (ofTrack[cell % columns] ?? 0) + overlap;
    });
    frame.overlaps.forEach((overlap, cell) => {
      if (overlap === 0) return;
      const any = (ofPerson[Math.floor(cell / columns)] ?? 0) + (ofTrack[cell % columns] ?? 0) - overlap;
      const pair = pairAt(comparison, frame, cell);
      together[pair] = (together[pair] ?? 0) + overlap / any;
    });
  }
  return together.map((shared, pair) => shared / (framesOf(comparison, pair) - shared));
}

/** The matches of all frames, whatever they overlap. */
function matchesOf(comparison: Comparison, aligned: Float64Array): Match[] {
  const assignment = new Assignment();
  return comparison.frames.flatMap((frame) => {
    const columns = frame.tracks.length;
    const costs = frame.overlaps.map((overlap, cell) => -overlap * (aligned[pairAt(comparison, frame, cell)] ?? 0));
    const matched = assignment.solve({ costs, rows: frame.people.length, columns, gate: 0 });
    return [...matched].flatMap((column, row) => {
      if (column < 0) return [];
      const cell = row * columns + column;
      return [{ pair: pairAt(comparison, frame, cell), overlap: frame.overlaps[cell] ?? 0 }];
    });
  });
}

/** The sum over all matches of the share of their two's frames that they are matched in. */
function association(matches: readonly Match[], comparison: Comparison): number {
  const matched = new Map<number, number>();
  for (const { pair } of matches) matched.set(pair, (matched.get(pair) ?? 0) + 1);
  let sum = 0;
  for (const [pair, count] of matched) sum += (count * count) / (framesOf(comparison, pair) - count);
  return sum;
}
