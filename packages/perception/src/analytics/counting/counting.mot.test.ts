import { lineId } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { bruteForceCounts, type Sight, steppedCounts } from "../../../test/brute-force.ts";
import { eightLines, FEET_IN_PICTURE } from "../../../test/counting-lines.ts";
import { describeWithMot, type MotSequence, motSequence } from "../../../test/mot.ts";
import { countingError } from "../../measures/counting-error.ts";
import { createTracker, trackerNames } from "../../tracking/trackers.ts";
import type { CountingLine } from "./counting-options.ts";

const lines: CountingLine[] = [
  ...eightLines(FEET_IN_PICTURE),
  { id: lineId("all the way down"), a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } },
  { id: lineId("in the middle"), a: { x: 0.1, y: 0.55 }, b: { x: 0.9, y: 0.55 } },
  { id: lineId("steep"), a: { x: 0.2, y: 0.9 }, b: { x: 0.7, y: 0.3 } },
  { id: lineId("short"), a: { x: 0.45, y: 0.45 }, b: { x: 0.5, y: 0.6 } },
];

const truth = ({ truth: frames, timeOf }: MotSequence): Sight[] =>
  frames.map((tracked, i) => ({ tracked, at: timeOf(i) }));

describeWithMot("on the true tracks of MOT17-04 every line counts what the brute force counts", () => {
  test.each([
    { frames: 1, distance: 0 },
    { frames: 10, distance: 0.05 },
    { frames: 25, distance: 1 },
  ])("$frames frames or $distance of the height", (rule) => {
    const sequence = motSequence("MOT17-04");
    const sights = truth(sequence);
    const expected = bruteForceCounts(sights, lines, { ...rule, size: sequence.size });
    const counted = steppedCounts(sights, { lines, ...rule }, sequence.size);
    expect(counted).toEqual(expected);
    for (const { id } of lines) expect(counted.some(({ line }) => line === id)).toBe(true);
  });
});

describeWithMot("with a real detector's boxes on MOT17-04", () => {
  test.each(trackerNames)("%s leaves the counts of eight lines off by at most 15 % in sum", (name) => {
    const sequence = motSequence("MOT17-04");
    const tracker = createTracker(name);
    const sights = sequence.detections.map((detections, i) => {
      const at = sequence.timeOf(i);
      return { tracked: tracker.update(detections, at), at };
    });
    const options = { lines: eightLines(FEET_IN_PICTURE) };
    const known = steppedCounts(truth(sequence), options, sequence.size);
    const { truth: crossings, error } = countingError(known, steppedCounts(sights, options, sequence.size));
    expect(crossings).toBeGreaterThan(60);
    expect(error).toBeLessThanOrEqual(0.15 * crossings);
  });
});
