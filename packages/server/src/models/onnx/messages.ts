/** What the main thread and an inference thread say to each other. */
import type { Box } from "@sensorium/perception";
import type { Picture } from "../../flow/frame.ts";
import type { WireError } from "../../flow/thread-error.ts";
import type { PreparedModel } from "../prepare.ts";
import type { ModelTimes, TaskResult } from "../results.ts";

/** One picture for a loaded model. */
export interface RunRequest {
  readonly key: string;
  readonly picture: Picture;
  /** What the picture shows, in source pixels. */
  readonly region: Box;
  readonly minScore: number;
  /** Indices of the classes somebody wants of a detector. */
  readonly classes: readonly number[];
  /** The landmarks of the face in it, in source pixels. */
  readonly landmarks?: Float32Array | undefined;
}

/** What a model said, and the milliseconds it took. */
export type RunAnswer = TaskResult & ModelTimes;

/** What an inference thread is started with. */
export interface ThreadData {
  /** What its sessions run on, as the runtime names it. */
  readonly executionProviders: readonly string[];
}

export type ToInference =
  | { readonly type: "load"; readonly call: number; readonly model: PreparedModel }
  | { readonly type: "unload"; readonly call: number; readonly key: string }
  | { readonly type: "run"; readonly call: number; readonly request: RunRequest }
  | { readonly type: "shutdown" };

export type Reply =
  | { readonly type: "loaded" }
  | { readonly type: "unloaded" }
  | { readonly type: "answer"; readonly answer: RunAnswer };

export type FromInference = { readonly call: number } & ({ readonly reply: Reply } | { readonly error: WireError });
