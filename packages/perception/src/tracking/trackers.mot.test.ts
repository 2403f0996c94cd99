import type { Tracked } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { describeWithMot, type MotSequence, motSequence } from "../../test/mot.ts";
import { countTracking, trackingScores } from "../measures/tracking-scores.ts";
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

function track(name: TrackerName, { detections, timeOf }: MotSequence): Tracked[] {
  const tracker = createTracker(name);
  return detections.map((found, i) => tracker.update(found, timeOf(i)));
}
