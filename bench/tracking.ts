import {
  addTracking,
  type CountingLine,
  type Crossing,
  countCrossings,
  countingError,
  createTracker,
  noCounting,
  Sort,
  type Tracker,
  type TrackingCounts,
  trackerNames,
  trackingScores,
} from "@sensorium/perception";
import { type Detections, micros, microsFromSeconds, type Tracked } from "@sensorium/protocol";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { bruteForceCounts } from "../packages/perception/test/brute-force.ts";
import { eightLines, FEET_IN_PICTURE } from "../packages/perception/test/counting-lines.ts";
import { measure, trackSequence } from "../packages/server/src/cli/eval-tracking.ts";
import { type MotSequence, readMotSequence } from "../packages/server/src/cli/mot-folder.ts";
import { fixed, machine, median, printTable, type Rows } from "./table.ts";

const SEQUENCES = ["MOT17-02", "MOT17-04", "MOT17-05", "MOT17-13"];
/** The sequence that speed and counts are measured on: the densest. */
const CROWDED = "MOT17-04";
const ROUNDS = 7;
/** When a crossing is complete, as by default. */
const RULE = { frames: 10, distance: 0.05 };

/** The trackers there are, each with its defaults for all sequences, and SORT as patient as in its paper. */
const TRACKERS: readonly (readonly [name: string, create: (framesPerSecond: number) => Tracker])[] = [
  // There a track may miss one frame, not two in a row, and is believed when seen three times.
  ["sort, as published", (rate) => new Sort({ lostFor: microsFromSeconds(2 / rate), sightings: 3 })],
  ...(["sort", "byte-track", "oc-sort"] as const).map((name) => [name, () => createTracker(name)] as const),
];

/** MOTA, IDF1 and HOTA of the trackers side by side, how fast they are, and how well is counted with them. */
export async function tracking(): Promise<Rows> {
  if (!hasSharedData) return [["tracking", "–", "needs the shared MOT17 sequences"]];
  const sequences = await Promise.all(SEQUENCES.map((name) => readMotSequence(sharedData(`mot/${name}`))));
  const crowded = sequences.find(({ name }) => name === CROWDED);
  if (!crowded) throw new Error(`${CROWDED} is not among the sequences`);
  return [...quality(sequences), ...speed(crowded), ...counting(crowded)];
}

const HEAD = ["public FRCNN detections", "MOTA   IDF1   HOTA", "switches, false, missed"] as const;

function quality(sequences: readonly MotSequence[]): Rows {
  const measured = TRACKERS.map(([tracker, create]) => ({
    tracker,
    counts: sequences.map((sequence) =>
      measure(sequence, trackSequence(sequence, create(sequence.info.framesPerSecond))),
    ),
  }));
  const rows = sequences.flatMap(({ name }, i) =>
    measured.flatMap(({ tracker, counts }) => {
      const own = counts[i];
      return own ? [scores(`${name}  ${tracker}`, own)] : [];
    }),
  );
  return [HEAD, ...rows, ...measured.map(({ tracker, counts }) => scores(`all four  ${tracker}`, addTracking(counts)))];
}

function scores(name: string, counts: TrackingCounts): Rows[number] {
  const { mota, idf1, hota, switches, falsePositives, falseNegatives } = trackingScores(counts);
  const percent = [mota, idf1, hota].map((share) => fixed(100 * share, 1));
  return [name, percent.join("   "), `${switches}, ${falsePositives}, ${falseNegatives}`];
}

/** On this one thread, after a warm-up, on what the detector found and on the true boxes, of which there are more. */
function speed(sequence: MotSequence): Rows {
  const rate = (detections: readonly Detections[], create: () => Tracker): number => {
    const times = Array.from({ length: ROUNDS + 2 }, () => {
      const started = performance.now();
      trackSequence({ ...sequence, detections }, create());
      return performance.now() - started;
    });
    return (1000 * detections.length) / median(times.slice(2));
  };
  const density = (frames: readonly Detections[]): string =>
    fixed(frames.reduce((sum, { count }) => sum + count, 0) / frames.length, 0);
  const { detections, truth } = sequence;
  return trackerNames.map((name) => {
    const create = (): Tracker => createTracker(name);
    const dense = `${fixed(rate(truth, create), 0)} at the ${density(truth)} people there are`;
    const note = `${sequence.name}, one core, ${density(detections)} detections a frame; ${dense}`;
    return [`speed  ${name}`, fixed(rate(detections, create), 0, "frames/s"), note];
  });
}

/** Crossings of eight lines at y ≥ 0.6: on true tracks beside the brute force, and with the detector beside the truth. */
function counting(sequence: MotSequence): Rows {
  const { truth, info } = sequence;
  const lines = eightLines(FEET_IN_PICTURE);
  const sights = truth.map((tracked, i) => ({ tracked, at: micros((i * 1e6) / info.framesPerSecond) }));
  const known = bruteForceCounts(sights, lines, { ...RULE, size: info.size });
  const counted = countAll(sequence, truth, lines);
  const difference = countingError(known, counted).error;
  return [
    [
      "crossings of eight lines, true tracks",
      String(counted.length),
      `brute force ${known.length}, off by ${difference}`,
    ],
    ...trackerNames.flatMap((name) => [
      error(sequence, { name, lines, note: "lines end at 0.95 of the height" }),
      error(sequence, { name, lines: eightLines(1), note: "the same lines down to the picture's edge" }),
    ]),
  ];
}

interface Counter {
  readonly name: (typeof trackerNames)[number];
  readonly lines: readonly CountingLine[];
  readonly note: string;
}

function error(sequence: MotSequence, { name, lines, note }: Counter): Rows[number] {
  const output = trackSequence(sequence, createTracker(name));
  const { truth, error: off } = countingError(
    countAll(sequence, sequence.truth, lines),
    countAll(sequence, output, lines),
  );
  return [`Σ|count − truth|  ${name}`, `${fixed((100 * off) / truth, 1)} %`, `${off} of ${truth}; ${note}`];
}

function countAll({ info }: MotSequence, frames: readonly Tracked[], lines: readonly CountingLine[]): Crossing[] {
  const step = countCrossings({ lines, ...RULE });
  let state = noCounting;
  return frames.flatMap((tracked, i): readonly Crossing[] => {
    const next = step(state, { tracked, size: info.size }, micros((i * 1e6) / info.framesPerSecond));
    state = next.state;
    return next.events;
  });
}

if (import.meta.main) printTable(`Trackers · ${machine()}`, await tracking());
