/** What the main thread and an inference thread say to each other. */
import type { Detections, Size } from "@sensorium/protocol";
import type { Picture } from "../../flow/frame.ts";
import type { WireError } from "../../flow/thread-error.ts";
import type { PreparedModel } from "../prepare.ts";

export interface RunRequest {
  readonly key: string;
  readonly picture: Picture;
  readonly source: Size;
  readonly minScore: number;
  readonly classes: readonly number[];
}

export type ToInference =
  | { readonly type: "load"; readonly call: number; readonly model: PreparedModel }
  | { readonly type: "run"; readonly call: number; readonly request: RunRequest }
  | { readonly type: "shutdown" };

export type Reply =
  | { readonly type: "loaded" }
  | { readonly type: "found"; readonly detections: Detections; readonly inferenceMs: number };

export type FromInference = { readonly call: number } & ({ readonly reply: Reply } | { readonly error: WireError });
