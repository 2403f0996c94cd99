import type { Tracked } from "@sensorium/protocol";
import { type ClearCounts, clearCounts, mota, motp } from "./clear.ts";
import { compareTracks } from "./comparison.ts";
import { type HotaCounts, type HotaScores, hotaCounts, hotaScores, hotaThresholds } from "./hota.ts";
import { type IdentityCounts, identityCounts, idf1 } from "./identity.ts";

/** All that is counted to measure a tracker, of one sequence or of several added. */
export interface TrackingCounts {
  readonly clear: ClearCounts;
  readonly identity: IdentityCounts;
  readonly hota: HotaCounts;
}

/** How good a tracker is. Shares of 1, except MOTA, which falls below 0 where errors outnumber people. */
export interface TrackingScores extends HotaScores {
  readonly mota: number;
  readonly motp: number;
  readonly idf1: number;
  readonly switches: number;
  readonly fragments: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/**
 * Sets a tracker's output beside the truth, frame by frame, and counts what CLEAR MOT, IDF1 and HOTA are made of. The
 * numbers in `tracks` are unique within a frame; scores and classes are not looked at.
 */
export function countTracking(truth: readonly Tracked[], output: readonly Tracked[]): TrackingCounts {
  const comparison = compareTracks(truth, output);
  return { clear: clearCounts(comparison), identity: identityCounts(comparison), hota: hotaCounts(comparison) };
}

/** The counts of several sequences as one, in which longer sequences weigh more. */
export function addTracking(all: readonly TrackingCounts[]): TrackingCounts {
  const sum = (of: (counts: TrackingCounts) => number): number => all.reduce((so, counts) => so + of(counts), 0);
  const sums = (of: (counts: HotaCounts) => Float64Array): Float64Array =>
    Float64Array.from(hotaThresholds, (_, i) => sum(({ hota }) => of(hota)[i] ?? 0));
  return {
    clear: {
      truePositives: sum(({ clear }) => clear.truePositives),
      falsePositives: sum(({ clear }) => clear.falsePositives),
      falseNegatives: sum(({ clear }) => clear.falseNegatives),
      switches: sum(({ clear }) => clear.switches),
      fragments: sum(({ clear }) => clear.fragments),
      overlap: sum(({ clear }) => clear.overlap),
    },
    identity: {
      truePositives: sum(({ identity }) => identity.truePositives),
      falsePositives: sum(({ identity }) => identity.falsePositives),
      falseNegatives: sum(({ identity }) => identity.falseNegatives),
    },
    hota: {
      truePositives: sums(({ truePositives }) => truePositives),
      falsePositives: sums(({ falsePositives }) => falsePositives),
      falseNegatives: sums(({ falseNegatives }) => falseNegatives),
      association: sums(({ association }) => association),
      overlap: sums(({ overlap }) => overlap),
    },
  };
}

/** The scores that the counts amount to. */
export function trackingScores({ clear, identity, hota }: TrackingCounts): TrackingScores {
  const { switches, fragments, falsePositives, falseNegatives } = clear;
  const errors = { switches, fragments, falsePositives, falseNegatives };
  return { ...hotaScores(hota), mota: mota(clear), motp: motp(clear), idf1: idf1(identity), ...errors };
}
