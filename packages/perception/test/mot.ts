import { existsSync, readFileSync } from "node:fs";
import type { Detections, Micros, Size, Tracked } from "@sensorium/protocol";
import { micros } from "@sensorium/protocol";
import { describe } from "vitest";
import { parseMotText } from "../src/measures/mot/mot-text.ts";
import { motDetections, motPedestrians } from "../src/measures/mot/pedestrians.ts";
import { parseSequenceInfo } from "../src/measures/mot/sequence-info.ts";

const folder = new URL("../../../../shared/data/mot/", import.meta.url);

/** The suite of tests that need the MOT sequences; without them it is skipped aloud, and in CI it fails. */
export const describeWithMot: typeof describe.skip = (() => {
  if (existsSync(folder) || process.env.CI) return describe;
  console.warn(`SKIPPED: tests on MOT17 need ${folder.pathname}, which is not there`);
  return describe.skip;
})();

/** One sequence of MOT17, one item per frame. */
export interface MotSequence {
  readonly size: Size;
  /** What the public detector found. */
  readonly detections: readonly Detections[];
  /** The pedestrians of the ground truth, hidden ones included. */
  readonly truth: readonly Tracked[];
  /** Everything that is annotated, of every class. */
  readonly annotated: readonly Tracked[];
  /** When a frame was taken. */
  readonly timeOf: (index: number) => Micros;
}

/** Reads a sequence. */
export function motSequence(name: string): MotSequence {
  const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, folder), "utf8");
  const { frames, framesPerSecond, size } = parseSequenceInfo(read("seqinfo.ini"), "seqinfo.ini");
  const parse = (file: string): Tracked[] => parseMotText(read(file), { name: file, frames });
  const annotated = parse("gt/gt.txt");
  return {
    size,
    annotated,
    detections: motDetections(parse("det/det.txt")),
    truth: motPedestrians(annotated),
    timeOf: (index) => micros((index * 1e6) / framesPerSecond),
  };
}
