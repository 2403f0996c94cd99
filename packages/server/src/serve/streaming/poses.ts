import { COCO_KEYPOINTS } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outgoing } from "../outbox.ts";
import { Body, packed } from "./body.ts";
import { tenths, thousandths } from "./rounded.ts";
import type { PosedPerson, PoseFrame } from "./source.ts";

/** What of a frame is shown. */
export type PoseFilters = Pick<
  wire.EffectiveSubscription["filters"],
  "min_confidence" | "include_keypoints" | "include_velocity" | "include_dense_pose" | "zone_ids" | "person_ids"
>;

/** How a frame is shown; the same for all who get the same bytes. */
export interface PoseView {
  readonly type: "pose_data" | "pose_data_trajectory";
  readonly filters: PoseFilters;
  readonly compression: wire.Compression | null;
  /** Equal for views that show the same. */
  readonly key: string;
}

/** The view of a subscription. */
export function poseView(type: PoseView["type"], { filters, throttle }: wire.EffectiveSubscription): PoseView {
  const { min_confidence, include_keypoints, include_velocity, include_dense_pose, zone_ids, person_ids } = filters;
  const { compression } = throttle;
  const shown = [type, min_confidence, include_keypoints, include_velocity, include_dense_pose, compression];
  return { type, filters, compression, key: JSON.stringify([...shown, zone_ids, person_ids]) };
}

/** Keypoints with lower scores are guesses. */
const VISIBLE = 0.3;

/** One frame on its way to many clients: serialised once for each distinct view. */
export class SharedFrame {
  readonly frame: PoseFrame;
  /** When it came to be sent. */
  readonly atMs: number;
  readonly #environment: string;
  readonly #clock: ServeClock;
  readonly #shown = new Map<string, readonly Outgoing[]>();

  constructor(frame: PoseFrame, { environment, clock }: { readonly environment: string; readonly clock: ServeClock }) {
    this.frame = frame;
    this.atMs = clock.now();
    this.#environment = environment;
    this.#clock = clock;
  }

  /** The frame's messages in a view: one with its poses, or one trajectory for each person. */
  shown(view: PoseView): readonly Outgoing[] {
    const known = this.#shown.get(view.key);
    if (known) return known;
    const bodies = view.type === "pose_data" ? [this.#poses(view)] : this.#trajectories(view);
    const { compression } = view;
    const messages = compression ? bodies.map((body) => packed(body, compression, this.#clock)) : bodies;
    this.#shown.set(view.key, messages);
    return messages;
  }

  #poses({ filters }: PoseView): Body {
    return this.#body("pose_data", poseData(this.frame, { environment: this.#environment, filters }));
  }

  #trajectories({ filters }: PoseView): Body[] {
    return personsOf(this.frame, filters).flatMap((person) => {
      const path = person.trajectory?.();
      if (!path) return [];
      const { person: person_id, track: track_id } = person;
      const data: wire.PoseTrajectory = { environment_id: this.#environment, track_id, person_id, ...path };
      return [this.#body("pose_data_trajectory", data)];
    });
  }

  #body(type: PoseView["type"], data: unknown): Body {
    const { source, times } = this.frame;
    return new Body({ type, atMs: times.capturedMs, data, source, times });
  }
}

/** What a frame shows, and of whom. */
interface Shown {
  readonly environment: string;
  readonly filters: PoseFilters;
}

/** A frame in the words of the wire. */
export function poseData(frame: PoseFrame, { environment, filters }: Shown): wire.PoseData {
  const { processingMs, frameRate, size, source } = frame;
  return {
    frame_id: frame.frame,
    environment_id: environment,
    processing_time_ms: tenths(processingMs),
    persons: personsOf(frame, filters).map((person) => personOf(person, filters)),
    metadata: {
      model_version: source.model,
      // A camera has none, and nothing here measures that of a Wi-Fi signal.
      csi_quality: null,
      frame_rate: frameRate === null ? null : tenths(frameRate),
      frame_size: { ...size },
    },
  };
}

const personsOf = ({ persons }: PoseFrame, { min_confidence, zone_ids, person_ids }: PoseFilters): PosedPerson[] =>
  persons.filter(
    ({ score, zones, person }) =>
      score >= min_confidence &&
      (zone_ids === null || zones.some((zone) => zone_ids.includes(zone))) &&
      (person_ids === null || person_ids.includes(person)),
  );

function personOf(person: PosedPerson, filters: PoseFilters): wire.Person {
  const { box, keypoints, velocity, activity } = person;
  const dense = filters.include_dense_pose ? person.densePose?.() : null;
  return {
    person_id: person.person,
    track_id: person.track,
    confidence: thousandths(person.score),
    bounding_box: boundingBox(box),
    ...(filters.include_keypoints && keypoints && { keypoints: keypointsOf(keypoints) }),
    activity: {
      type: activity.type,
      confidence: thousandths(activity.confidence),
      ...(filters.include_velocity && velocity && { velocity: velocityOf(velocity) }),
    },
    ...(dense && { dense_pose: dense }),
  };
}

/** A box in the words of the wire. */
export const boundingBox = ({ x1, y1, x2, y2 }: PosedPerson["box"]): wire.Person["bounding_box"] => ({
  x: tenths(x1),
  y: tenths(y1),
  width: tenths(x2 - x1),
  height: tenths(y2 - y1),
});

/** Keypoints in the words of the wire. */
export const keypointsOf = (keypoints: NonNullable<PosedPerson["keypoints"]>): wire.Keypoint[] =>
  COCO_KEYPOINTS.flatMap((name, i) => {
    const point = keypoints[i];
    if (!point) return [];
    const { x, y, score } = point;
    return [{ name, x: tenths(x), y: tenths(y), confidence: thousandths(score), visible: score >= VISIBLE }];
  });

const velocityOf = ({ x, y }: wire.Place): wire.Velocity => ({
  x: tenths(x),
  y: tenths(y),
  units: "pixels_per_second",
});
