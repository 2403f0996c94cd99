import type { Detections, Poses } from "@sensorium/protocol";
import type { PictureFormat } from "../capture/messages.ts";
import type { Frame } from "../flow/frame.ts";
import type { FamilyName, Task, Thresholds } from "./manifest.ts";
import type { ModelTimes } from "./results.ts";

/** Which model answers, and on what. */
export interface ModelInfo<T extends Task = Task> {
  readonly name: string;
  readonly task: T;
  readonly family: FamilyName | "simulated";
  /** As people should read it: "CPU, 2 threads". */
  readonly provider: string;
  /** The names of what it tells apart; none when its task knows no classes. */
  readonly classes: readonly string[];
  readonly licence: string;
  /** Scalar product from which two vectors may be one person's; absent from models that know nobody again. */
  readonly minLikeness?: number;
}

/** Which model detects. */
export interface DetectorInfo extends ModelInfo<"detect"> {
  readonly thresholds: Thresholds;
}

/** Detections of one frame and when they were ready. */
export interface Inference extends ModelTimes {
  readonly detections: Detections;
  /** Of the people among them, in source pixels; absent from models that find no keypoints. */
  readonly poses?: Poses;
}

/** Finds objects in frames. Local sessions, the simulator and remote workers all look like this. */
export interface Detector extends AsyncDisposable {
  readonly model: DetectorInfo;
  /** What the detector needs of a frame; null when it needs no pixels. */
  readonly format: PictureFormat | null;
  /** Calls that gain from being under way at once. */
  readonly concurrency: number;
  /** Takes no ownership of `frame`. Fails with "worker-lost" (retryable) when its worker is gone. */
  detect(frame: Frame): Promise<Inference>;
}
