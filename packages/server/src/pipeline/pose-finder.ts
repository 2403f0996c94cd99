import { boxAt } from "@sensorium/perception";
import { COCO_KEYPOINTS, type Detections, type Poses } from "@sensorium/protocol";
import type { Frame } from "../flow/frame.ts";
import type { PoseEstimator } from "../models/crop-model.ts";
import { lookAt, surestPeople, type WorthALook } from "./look-at.ts";

const PER_PERSON = 3 * COCO_KEYPOINTS.length;

/** Looks at everybody a detector has found, each in a crop of the source's own picture. */
export class PoseFinder {
  readonly #model: PoseEstimator;
  readonly #options: WorthALook;

  constructor(model: PoseEstimator, options: WorthALook) {
    this.#model = model;
    this.#options = options;
  }

  /**
   * The poses of the people among `detections`, each with the box it was detected in. The frame stays owned until then.
   * Somebody whose crop cannot be had any more, because the camera has just gone, is left out.
   */
  async find(frame: Frame, detections: Detections): Promise<Poses> {
    const people = surestPeople(detections, this.#options);
    const found = await Promise.all(
      people.map((index) => lookAt(this.#model, { frame, box: boxAt(detections, index) })),
    );
    const posed = people.flatMap((index, i) => {
      const pose = found[i];
      return pose && pose.count > 0 ? [{ index, pose }] : [];
    });
    const keypoints = new Float32Array(PER_PERSON * posed.length);
    for (const [i, { pose }] of posed.entries()) {
      keypoints.set(pose.keypoints.subarray(0, PER_PERSON), PER_PERSON * i);
    }
    return {
      count: posed.length,
      boxes: Float32Array.from(posed.flatMap(({ index }) => [...detections.boxes.subarray(4 * index, 4 * index + 4)])),
      scores: Float32Array.from(posed, ({ pose }) => pose.scores[0] ?? 0),
      keypoints,
    };
  }
}
