import type { Poses, Tracked } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { poseAt, posesOfTracks } from "./people-frame.ts";

const boxes = (...xs: readonly number[]): Float32Array => Float32Array.from(xs.flatMap((x) => [x, 0, x + 50, 200]));

const tracked = (...xs: readonly number[]): Tracked => ({
  count: xs.length,
  boxes: boxes(...xs),
  scores: Float32Array.from(xs, () => 0.9),
  // The detector's person need not be the pose model's first class.
  classes: new Uint16Array(xs.length),
  tracks: Int32Array.from(xs, (_, i) => i + 1),
});

/** Poses whose keypoints all are at the box's left edge. */
const poses = (...xs: readonly number[]): Poses => ({
  count: xs.length,
  boxes: boxes(...xs),
  scores: Float32Array.from(xs, () => 0.9),
  keypoints: Float32Array.from(xs.flatMap((x) => Array.from({ length: 17 }, () => [x, 100, 0.8]).flat())),
});

test("each track has the pose whose box is its own", () => {
  const keypoints = posesOfTracks(tracked(100, 300, 500), poses(505, 95));
  expect(poseAt({ keypoints }, 0)?.[0]?.x).toBe(95);
  expect(poseAt({ keypoints }, 1)).toBeNull();
  expect(poseAt({ keypoints }, 2)?.[16]?.x).toBe(505);
});

test("without poses no track has one", () => {
  expect(poseAt({ keypoints: posesOfTracks(tracked(100), poses()) }, 0)).toBeNull();
  expect(poseAt({ keypoints: null }, 0)).toBeNull();
});
