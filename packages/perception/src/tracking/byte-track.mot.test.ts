import { type Detections, micros, type Tracked } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { describeWithMot, motDetections, motTruth } from "../../test/mot.ts";
import { iouMatrix } from "../geometry/iou.ts";
import { ByteTrack } from "./byte-track.ts";

describeWithMot("on MOT17-04", () => {
  test("with the true boxes nearly everyone keeps one number throughout", () => {
    const truth = motTruth("MOT17-04");
    const { switches, covered } = compare(truth, track(truth));
    expect(covered).toBeGreaterThan(0.98);
    expect(switches).toBeLessThan(10);
  });

  test("with a real detector's boxes, people change numbers seldom", () => {
    const { switches, covered } = compare(motTruth("MOT17-04"), track(motDetections("MOT17-04")));
    expect(covered).toBeGreaterThan(0.5);
    expect(switches).toBeLessThan(60);
  });
});

const track = (frames: readonly Detections[]): Tracked[] => {
  const tracker = new ByteTrack();
  return frames.map((detections, i) => tracker.update(detections, micros((i * 1e6) / 30)));
};

/** How often a person's number changes, and in which share of their frames a person is covered by half at least. */
function compare(truth: readonly Tracked[], output: readonly Tracked[]): { switches: number; covered: number } {
  const last = new Map<number, number>();
  let switches = 0;
  let covered = 0;
  let total = 0;
  truth.forEach((people, f) => {
    const tracked = output[f];
    if (!tracked) return;
    total += people.count;
    const overlaps = iouMatrix(people, tracked);
    people.tracks.forEach((person, i) => {
      const row = overlaps.subarray(i * tracked.count, (i + 1) * tracked.count);
      const best = row.reduce((top, overlap, j) => (overlap > (row[top] ?? 0) ? j : top), 0);
      if (!((row[best] ?? 0) >= 0.5)) return;
      covered++;
      const number = tracked.tracks[best] ?? 0;
      const held = [...tracked.tracks].indexOf(last.get(person) ?? 0);
      if (held >= 0 && (row[held] ?? 0) >= 0.5) return;
      if (last.has(person)) switches++;
      last.set(person, number);
    });
  });
  return { switches, covered: covered / total };
}
