import { existsSync, readFileSync } from "node:fs";
import type { Detections, Tracked } from "@sensorium/protocol";
import { describe } from "vitest";

const folder = new URL("../../../../shared/data/mot/", import.meta.url);

/** The suite of tests that need the MOT sequences; without them it is skipped aloud, and in CI it fails. */
export const describeWithMot: typeof describe.skip = (() => {
  if (existsSync(folder) || process.env.CI) return describe;
  console.warn(`SKIPPED: tests on MOT17 need ${folder.pathname}, which is not there`);
  return describe.skip;
})();

/** One line of a MOT Challenge file: frame, id, left, top, width, height, score or flag, class. */
type Row = readonly number[];

/** The frames of a file in order, from the first; frame i of the video is item i − 1. */
function framesOf(file: string): Row[][] {
  const rows = readFileSync(new URL(file, folder), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  const frames: Row[][] = [];
  for (const row of rows) {
    const index = (row[0] ?? 0) - 1;
    while (frames.length <= index) frames.push([]);
    frames[index]?.push(row);
  }
  return frames;
}

const detectionsOf = (rows: readonly Row[], score: (row: Row) => number): Detections => ({
  count: rows.length,
  boxes: Float32Array.from(rows.flatMap(([, , x = 0, y = 0, width = 0, height = 0]) => [x, y, x + width, y + height])),
  scores: Float32Array.from(rows, score),
  classes: new Uint16Array(rows.length),
});

/** What the public detector found in each frame of a sequence. */
export const motDetections = (sequence: string): Detections[] =>
  framesOf(`${sequence}/det/det.txt`).map((rows) => detectionsOf(rows, (row) => row[6] ?? 0));

/** The pedestrians of the ground truth in each frame of a sequence, hidden ones included. */
export const motTruth = (sequence: string): Tracked[] =>
  framesOf(`${sequence}/gt/gt.txt`).map((all) => {
    const rows = all.filter((row) => row[6] === 1 && row[7] === 1);
    return { ...detectionsOf(rows, () => 1), tracks: Int32Array.from(rows, (row) => row[1] ?? 0) };
  });
