import { COCO_KEYPOINTS, type Keypoint, keypointAt, type Poses, type Tracked } from "@sensorium/protocol";
import type { Boxes } from "../../geometry/box.ts";
import { Association } from "../../tracking/association.ts";
import type { TrackedFrame } from "../tracked-frame.ts";

/** The tracks of one frame that are people whose identity is known, and their poses. */
export interface PeopleFrame extends TrackedFrame {
  /** The person of each track; positive, and never given to somebody else within a stream. */
  readonly persons: Int32Array;
  /** Keypoints of each track as in `Poses`, all scores 0 where none were found; null where no pose model runs. */
  readonly keypoints: Float32Array | null;
}

/** Nobody in a picture of a given size. */
export const emptyFrame = (size: TrackedFrame["size"]): PeopleFrame => ({
  tracked: {
    count: 0,
    boxes: new Float32Array(0),
    scores: new Float32Array(0),
    classes: new Uint16Array(0),
    tracks: new Int32Array(0),
  },
  size,
  persons: new Int32Array(0),
  keypoints: null,
});

const PER_PERSON = 3 * COCO_KEYPOINTS.length;
/** A tracker's box lags behind a body that moves fast, so little overlap is asked for. */
const MIN_IOU = 0.3;

/** What is each track's own among boxes that were found in the same frame: the index of one of them, or -1 for none. */
export function foundOfTracks(tracked: Boxes, found: Boxes): Int32Array {
  const all = ({ boxes, count }: Boxes) => ({
    boxes,
    classes: new Uint16Array(count),
    indices: Array.from({ length: count }, (_, i) => i),
  });
  return new Association().match(all(tracked), all(found), { minIou: MIN_IOU });
}

/** The keypoints of each track: those of the pose whose box overlaps the track's most; scores 0 for who has none. */
export function posesOfTracks(tracked: Tracked, poses: Poses): Float32Array {
  const keypoints = new Float32Array(PER_PERSON * tracked.count);
  foundOfTracks(tracked, poses).forEach((pose, track) => {
    if (pose < 0) return;
    keypoints.set(poses.keypoints.subarray(PER_PERSON * pose, PER_PERSON * (pose + 1)), PER_PERSON * track);
  });
  return keypoints;
}

/** The 17 keypoints of the person at `index`; null where none was found. */
export function poseAt({ keypoints }: Pick<PeopleFrame, "keypoints">, index: number): readonly Keypoint[] | null {
  if (!keypoints) return null;
  const points = COCO_KEYPOINTS.map((_, joint) => keypointAt({ keypoints }, index, joint));
  return points.some(({ score }) => score > 0) ? points : null;
}
