import type { Tracked } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { describeWithMot, type MotSequence, motSequence } from "../../test/mot.ts";
import { withoutDistractors } from "../measures/mot/pedestrians.ts";
import {
  addTracking,
  countTracking,
  type TrackingCounts,
  type TrackingScores,
  trackingScores,
} from "../measures/tracking-scores.ts";
import { createTracker, type TrackerName, trackerNames } from "./trackers.ts";

describeWithMot.each(trackerNames)("%s on MOT17-04", (name) => {
  test("gives nearly everyone one number throughout when it is given the true boxes", () => {
    const sequence = motSequence("MOT17-04");
    const output = track(name, { ...sequence, detections: sequence.truth });
    const { switches, idf1, mota } = trackingScores(countTracking(sequence.truth, output));
    expect(mota).toBeGreaterThan(0.98);
    expect(idf1).toBeGreaterThan(0.97);
    expect(switches).toBeLessThan(15);
  });

  test("changes people's numbers seldom with a real detector's boxes", () => {
    const sequence = motSequence("MOT17-04");
    const { switches, mota } = trackingScores(countTracking(sequence.truth, track(name, sequence)));
    expect(mota).toBeGreaterThan(0.5);
    expect(switches).toBeLessThan(40);
  });
});

describeWithMot("on four sequences of MOT17 together", () => {
  test("ByteTrack and OC-SORT are no worse than SORT by any measure", () => {
    const sequences = ["MOT17-02", "MOT17-04", "MOT17-05", "MOT17-13"].map(motSequence);
    const scores = (name: TrackerName): TrackingScores =>
      trackingScores(addTracking(sequences.map((sequence) => measure(name, sequence))));
    const sort = scores("sort");
    for (const name of ["byte-track", "oc-sort"] as const) {
      const { mota, idf1, hota } = scores(name);
      expect(mota, name).toBeGreaterThanOrEqual(sort.mota);
      expect(idf1, name).toBeGreaterThanOrEqual(sort.idf1);
      expect(hota, name).toBeGreaterThanOrEqual(sort.hota);
    }
  });
});

const measure = (name: TrackerName, sequence: MotSequence): TrackingCounts =>
  countTracking(sequence.truth, withoutDistractors(track(name, sequence), sequence.annotated));

function track(name: TrackerName, { detections, timeOf }: MotSequence): Tracked[] {
  const tracker = createTracker(name);
  return detections.map((found, i) => tracker.update(found, timeOf(i)));
}
