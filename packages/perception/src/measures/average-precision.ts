import type { Detections } from "@sensorium/protocol";
import { type Box, type Boxes, boxAt } from "../geometry/box.ts";
import { iou } from "../geometry/iou.ts";

/** The true objects of one picture: boxes in the pixels of its detections. */
export interface TrueObjects extends Boxes {
  /** Class per object, counted as the detections' are. */
  readonly classes: Uint16Array;
  /** 1 for a box around a crowd: what is found in it is neither right nor wrong. */
  readonly crowds: Uint8Array;
}

/** What is in a picture and what a detector found in it. */
export interface JudgedPicture {
  readonly truth: TrueObjects;
  readonly found: Detections;
}

/** Average precision of one class, 0..1. */
export interface ClassPrecision {
  readonly classIndex: number;
  /** How many there are, crowds aside. */
  readonly objects: number;
  /** The mean over the overlaps .50, .55, … .95. */
  readonly ap: number;
  /** At overlap .50. */
  readonly ap50: number;
}

/** Average precision, 0..1; null where there is no object. */
export interface AveragePrecision {
  /** Means over the classes. */
  readonly ap: number | null;
  readonly ap50: number | null;
  /** Every class of which there is an object, in order. */
  readonly classes: readonly ClassPrecision[];
}

/** Overlaps that a detection must reach to be right. */
const OVERLAPS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95] as const;
const RECALLS = 101;
/** A detector has so many guesses per picture and class. */
const MOST_DETECTIONS = 100;

/** What became of a detection at one overlap. */
const WRONG = 0;
const RIGHT = 1;
const NEITHER = 2;

/** Everything known of one class. */
interface Evidence {
  objects: number;
  readonly scores: number[];
  /** One item per detection: its outcome at each overlap. */
  readonly outcomes: Uint8Array[];
}

/**
 * Average precision as COCO defines it (Lin et al. 2014, arXiv 1405.0312, and its evaluation server): interpolated at
 * 101 recalls, averaged over ten overlaps and over the classes that occur, objects of all sizes, the best 100
 * detections per picture and class. Each true object is found once; the best-scored detection chooses first.
 */
export function averagePrecision(pictures: Iterable<JudgedPicture>): AveragePrecision {
  const evidence = new Map<number, Evidence>();
  for (const picture of pictures) judge(picture, evidence);
  const classes = [...evidence]
    .filter(([, { objects }]) => objects > 0)
    .sort(([one], [other]) => one - other)
    .map(([classIndex, known]) => classPrecision(classIndex, known));
  return { ap: meanOf(classes.map(({ ap }) => ap)), ap50: meanOf(classes.map(({ ap50 }) => ap50)), classes };
}

function judge({ truth, found }: JudgedPicture, evidence: Map<number, Evidence>): void {
  const objects = indicesByClass(truth);
  const guesses = indicesByClass(found);
  for (const classIndex of new Set([...objects.keys(), ...guesses.keys()])) {
    const known = evidence.get(classIndex) ?? { objects: 0, scores: [], outcomes: [] };
    evidence.set(classIndex, known);
    const own = objects.get(classIndex) ?? [];
    const single = own.filter((index) => !truth.crowds[index]);
    const crowds = own.filter((index) => truth.crowds[index]);
    const best = byScore(guesses.get(classIndex) ?? [], found.scores).slice(0, MOST_DETECTIONS);
    known.objects += single.length;
    known.scores.push(...best.map((index) => found.scores[index] ?? 0));
    known.outcomes.push(
      ...match(
        best.map((index) => boxAt(found, index)),
        { single: single.map((index) => boxAt(truth, index)), crowds: crowds.map((index) => boxAt(truth, index)) },
      ),
    );
  }
}

function indicesByClass({ count, classes }: Pick<Detections, "count" | "classes">): Map<number, number[]> {
  const indices = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const classIndex = classes[i] ?? 0;
    const same = indices.get(classIndex);
    if (same) same.push(i);
    else indices.set(classIndex, [i]);
  }
  return indices;
}

/** `indices` by falling score; equal ones stay in order. */
const byScore = (indices: readonly number[], scores: ArrayLike<number>): number[] =>
  indices.toSorted((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));

/** The outcomes of detections in order of their scores. */
function match(
  boxes: readonly Box[],
  { single, crowds }: { readonly single: readonly Box[]; readonly crowds: readonly Box[] },
): Uint8Array[] {
  const overlaps = boxes.map((box) => single.map((object) => iou(box, object)));
  const crowded = boxes.map((box) => Math.max(0, ...crowds.map((crowd) => shareWithin(box, crowd))));
  const outcomes = boxes.map(() => new Uint8Array(OVERLAPS.length));
  OVERLAPS.forEach((least, level) => {
    const free = single.map(() => true);
    overlaps.forEach((row, guess) => {
      const object = bestFree(row, { least, free });
      if (object >= 0) free[object] = false;
      const outcome = object >= 0 ? RIGHT : (crowded[guess] ?? 0) >= least ? NEITHER : WRONG;
      outcomes[guess]?.fill(outcome, level, level + 1);
    });
  });
  return outcomes;
}

/** The free object with the largest overlap of at least `least`; −1 when there is none. */
function bestFree(
  overlaps: readonly number[],
  { least, free }: { readonly least: number; readonly free: readonly boolean[] },
): number {
  let best = -1;
  overlaps.forEach((overlap, object) => {
    if (free[object] && overlap >= least && overlap >= (overlaps[best] ?? 0)) best = object;
  });
  return best;
}

/** Which part of a box lies in a crowd's, 0..1. */
function shareWithin(box: Box, crowd: Box): number {
  const width = Math.min(box.x2, crowd.x2) - Math.max(box.x1, crowd.x1);
  const height = Math.min(box.y2, crowd.y2) - Math.max(box.y1, crowd.y1);
  if (!(width > 0 && height > 0)) return 0;
  return (width * height) / ((box.x2 - box.x1) * (box.y2 - box.y1));
}

function classPrecision(classIndex: number, { objects, scores, outcomes }: Evidence): ClassPrecision {
  const order = byScore([...scores.keys()], scores);
  const ordered = order.map((index) => outcomes[index] ?? new Uint8Array(OVERLAPS.length));
  const perOverlap = OVERLAPS.map((_, level) =>
    interpolated(
      ordered.map((outcome) => outcome[level] ?? NEITHER).filter((outcome) => outcome !== NEITHER),
      objects,
    ),
  );
  return { classIndex, objects, ap: meanOf(perOverlap) ?? 0, ap50: perOverlap[0] ?? 0 };
}

/** The mean over 101 recalls of the best precision at that recall or a higher one. */
function interpolated(outcomes: readonly number[], objects: number): number {
  const precisions = new Float64Array(outcomes.length);
  let right = 0;
  outcomes.forEach((outcome, i) => {
    if (outcome === RIGHT) right++;
    precisions[i] = right / (i + 1);
  });
  for (let i = outcomes.length - 2; i >= 0; i--) {
    precisions[i] = Math.max(precisions[i] ?? 0, precisions[i + 1] ?? 0);
  }
  let sum = 0;
  let level = 0;
  right = 0;
  outcomes.forEach((outcome, i) => {
    if (outcome === RIGHT) right++;
    for (; level < RECALLS && right * (RECALLS - 1) >= level * objects; level++) sum += precisions[i] ?? 0;
  });
  return sum / RECALLS;
}

const meanOf = (values: readonly number[]): number | null =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
