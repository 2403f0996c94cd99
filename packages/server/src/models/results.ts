import type { BodySurface } from "@sensorium/perception";
import {
  type Classification,
  type Detections,
  type Embedding,
  type Faces,
  type Poses,
  SensoriumError,
} from "@sensorium/protocol";
import type { Task } from "./manifest.ts";

/** What a model of each task gives for one picture. */
export interface Results {
  readonly detect: Detections;
  readonly classify: Classification;
  readonly pose: Poses;
  /** Null where nobody is found. */
  readonly "dense-pose": BodySurface | null;
  readonly "face-detect": Faces;
  readonly "face-embed": Embedding;
  readonly reid: Embedding;
}

/** How long a model took for one picture. */
export interface ModelTimes {
  /** Milliseconds the model itself ran. */
  readonly inferenceMs: number;
  /** Milliseconds it took to read what it gave. */
  readonly decodeMs: number;
}

/** A result that says which task's it is. */
export type TaskResult<T extends Task = Task> = {
  [K in T]: { readonly task: K; readonly result: Results[K] };
}[T];

/**
 * The result of a call for `task`.
 * @throws SensoriumError "internal" when it is another task's.
 */
export function resultFor<T extends Task>(task: T, answer: TaskResult): Results[T] {
  if (answer.task !== task) throw new SensoriumError("internal", `unexpected answer for the task ${task}`);
  // The compiler does not connect the two members of a union through a type parameter.
  return answer.result as Results[T];
}
