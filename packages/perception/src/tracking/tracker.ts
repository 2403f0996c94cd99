import type { Detections, Micros, Tracked } from "@sensorium/protocol";

/**
 * Gives detections an identity over time. One tracker follows one stream; its track numbers are positive and never
 * used twice. Times are media time and never go back: a stream that starts again gets a new tracker.
 */
export interface Tracker {
  /**
   * Takes what was found in the frame taken at `at` and returns the confirmed tracks that were seen in it. Boxes are
   * the tracker's estimates, which are steadier than the detector's. Items without a finite, positive area are ignored.
   */
  update(detections: Detections, at: Micros): Tracked;
  /**
   * Where the tracks returned by the last update are at a nearby time, for drawing on frames that were not looked at.
   * Changes nothing.
   */
  predict(at: Micros): Tracked;
}
