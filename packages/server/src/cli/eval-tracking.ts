import {
  addTracking,
  countTracking,
  createTracker,
  type Tracker,
  type TrackerName,
  type TrackerOptions,
  type TrackingCounts,
  type TrackingScores,
  trackerNames,
  trackingScores,
  withoutDistractors,
} from "@sensorium/perception";
import { micros, SensoriumError, type Tracked } from "@sensorium/protocol";
import { findMotSequences, type MotSequence, readMotSequence } from "./mot-folder.ts";
import { Progress } from "./progress.ts";

/**
 * Runs a tracker on the detections in a folder of the MOTChallenge's arrangement and prints how good it is: HOTA, MOTA,
 * IDF1 and what they are made of, for each sequence and for all together. `--tracker` names the tracker (byte-track),
 * `--thresholds` gives its scores as low,high,start.
 */
export async function evalTracking(folder: string, flags: Readonly<Record<string, unknown>>): Promise<void> {
  const tracker = trackerOf(flags.tracker);
  const options = optionsOf(flags.thresholds);
  createTracker(tracker, options);
  const folders = await findMotSequences(folder);
  const measured: Measured[] = [];
  using progress = new Progress("measuring", { total: folders.length, unit: "sequences" });
  for (const [i, each] of folders.entries()) {
    const sequence = await readMotSequence(each);
    const output = trackSequence(sequence, createTracker(tracker, options));
    measured.push({ name: sequence.name, frames: sequence.info.frames, counts: measure(sequence, output) });
    progress.reach(i + 1);
  }
  progress[Symbol.dispose]();
  const report = reportOf(tracker, measured);
  process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : asText(report));
}

/** What a tracker makes of the detections of a sequence, frame by frame, at the times the frames were taken. */
export function trackSequence({ detections, info }: MotSequence, tracker: Tracker): Tracked[] {
  return detections.map((found, i) => tracker.update(found, micros((i * 1e6) / info.framesPerSecond)));
}

/** Counts what a tracker's output is measured by, with the conventions of MOT17. */
export const measure = ({ truth, annotated }: MotSequence, output: readonly Tracked[]): TrackingCounts =>
  countTracking(truth, withoutDistractors(output, annotated));

function trackerOf(name: unknown = "byte-track"): TrackerName {
  const known = trackerNames.find((each) => each === name);
  if (known) return known;
  throw new SensoriumError("config-invalid", `--tracker is one of ${trackerNames.join(", ")}, not ${name}`);
}

function optionsOf(thresholds: unknown): TrackerOptions {
  if (thresholds === undefined) return {};
  const [low = Number.NaN, high = Number.NaN, start = Number.NaN, ...more] = String(thresholds).split(",").map(Number);
  if (Number.isFinite(low + high + start) && more.length === 0) return { scores: { low, high, start } };
  throw new SensoriumError("config-invalid", `--thresholds is three numbers, low,high,start, not ${thresholds}`);
}

interface Measured {
  readonly name: string;
  readonly frames: number;
  readonly counts: TrackingCounts;
}

type Row = TrackingScores & { readonly name: string; readonly frames: number };

interface Report {
  readonly tracker: TrackerName;
  readonly sequences: readonly Row[];
  readonly all: Row;
}

function reportOf(tracker: TrackerName, measured: readonly Measured[]): Report {
  const frames = measured.reduce((sum, each) => sum + each.frames, 0);
  const all = { name: "all", frames, counts: addTracking(measured.map(({ counts }) => counts)) };
  return { tracker, sequences: measured.map(rowOf), all: rowOf(all) };
}

function rowOf({ name, frames, counts }: Measured): Row {
  const scores = trackingScores(counts);
  const { hota, detA, assA, locA, mota, motp, idf1 } = scores;
  const shares = { hota: short(hota), detA: short(detA), assA: short(assA), locA: short(locA) };
  return { name, frames, ...scores, ...shares, mota: short(mota), motp: short(motp), idf1: short(idf1) };
}

const short = (share: number): number => Math.round(share * 10_000) / 10_000;

/** The columns of the table: shares in percent, then errors. */
const PERCENT = ["hota", "detA", "assA", "locA", "mota", "motp", "idf1"] as const;
const ERRORS = ["switches", "fragments", "falsePositives", "falseNegatives"] as const;
const HEADS = ["HOTA", "DetA", "AssA", "LocA", "MOTA", "MOTP", "IDF1", "switches", "fragments", "false", "missed"];

function asText({ tracker, sequences, all }: Report): string {
  const rows = sequences.length > 1 ? [...sequences, all] : sequences;
  const width = Math.max(tracker.length, ...rows.map(({ name }) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell, i) => cell.padStart(Math.max(6, HEADS[i]?.length ?? 0)))].join("  ");
  const cells = (row: Row): string[] => [
    ...PERCENT.map((key) => (100 * row[key]).toFixed(1)),
    ...ERRORS.map((key) => String(row[key])),
  ];
  return `${[line(tracker, HEADS), ...rows.map((row) => line(row.name, cells(row)))].join("\n")}\n`;
}
