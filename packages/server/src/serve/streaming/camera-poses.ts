import { bodyRegions, isInside, type Motion, pointInFractions, predictMotion, velocityOf } from "@sensorium/perception";
import { COCO_KEYPOINTS, type Keypoint, keypointAt } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { CameraStatus, PeopleShown } from "../../pipeline/camera-view.ts";
import { boundingBox } from "./poses.ts";
import { placeInTenths, thousandths } from "./rounded.ts";
import type { PosedPerson, PoseFrame } from "./source.ts";

/** The people that a camera shows, for the streaming API. */
export function poseFrame(status: CameraStatus, people: PeopleShown): PoseFrame {
  const { id, model, simulated, rates } = status;
  const { sequence, times, frame } = people;
  return {
    source: { kind: "camera", id, model: model?.name ?? null, simulated },
    frame: sequence,
    size: frame.size,
    times,
    processingMs: Math.max(0, times.inferredMs - times.decodedMs),
    frameRate: rates.inferred,
    persons: Array.from(frame.persons, (_, index) => posedPerson(people, { index, zones: status.zones })),
  };
}

function posedPerson(
  people: PeopleShown,
  { index, zones }: { readonly index: number; readonly zones: CameraStatus["zones"] },
): PosedPerson {
  const { frame, activities, motions, at, times } = people;
  const { tracked, persons, size } = frame;
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * index, 4 * index + 4);
  const feet = pointInFractions({ x: (x1 + x2) / 2, y: y2 }, size);
  const current = activities[index];
  const motion = motions[index];
  return {
    person: persons[index] ?? 0,
    track: tracked.tracks[index] ?? 0,
    score: tracked.scores[index] ?? 0,
    box: { x1, y1, x2, y2 },
    keypoints: keypointsOf(frame.keypoints, index),
    activity: { type: current?.activity ?? "unknown", confidence: current?.confidence ?? 0 },
    velocity: motion && motion.at > motion.startedAt ? velocityOf(motion) : null,
    zones: zones.filter(({ corners }) => isInside(corners, feet)).map(({ id }) => id),
    densePose: () => densePoseOf(people, index),
    trajectory: () => (motion ? pathOf(motion, times.capturedMs - at / 1000) : null),
  };
}

function keypointsOf(keypoints: Float32Array | null, person: number): readonly Keypoint[] | null {
  if (!keypoints) return null;
  const points = COCO_KEYPOINTS.map((_, index) => keypointAt({ keypoints }, person, index));
  return points.some(({ score }) => score > 0) ? points : null;
}

/** By the word of a model where it has found the body, else drawn from the skeleton; null where that shows no torso. */
function densePoseOf({ frame, surfaces }: PeopleShown, index: number): wire.DensePose | null {
  const surface = surfaces?.of(frame.tracked.tracks[index] ?? 0);
  if (surface) {
    const { model, box, png } = surface;
    return { method: "model", model, box: boundingBox(box), iuv: Buffer.from(png).toString("base64") };
  }
  const regions = bodyRegions(frame, index);
  if (regions.length === 0) return null;
  return {
    method: "skeleton",
    regions: regions.map(({ part, polygon }) => ({ part, polygon: polygon.map(placeInTenths) })),
  };
}

/** Seconds ahead; and how sure the place has to be for a prediction. */
const HORIZON = 1;
const SURE_ENOUGH = 0.05;

/** `startMs` is the wall time at which the stream's clock was 0. */
function pathOf(motion: Motion, startMs: number): Pick<wire.PoseTrajectory, "trajectory" | "prediction"> {
  const { position, confidence } = predictMotion(motion, HORIZON);
  return {
    trajectory: motion.trajectory.map((point) => ({
      timestamp: new Date(startMs + point.at / 1000).toISOString(),
      position: placeInTenths(point.position),
      confidence: thousandths(point.confidence),
    })),
    prediction:
      motion.at > motion.startedAt && confidence >= SURE_ENOUGH
        ? {
            next_position: placeInTenths(position),
            confidence: thousandths(confidence),
            time_horizon: HORIZON,
          }
        : null,
  };
}
