import type { GivenManifest } from "./given-manifest.ts";

/** Where a model comes from, before anything of it has been read. */
export type ModelOrigin = FileOrigin | TfjsOrigin;

/** An ONNX file, or a checkpoint of Ultralytics' (`.pt`), converted on first use. */
export interface FileOrigin {
  readonly kind: "onnx" | "checkpoint";
  readonly name: string;
  readonly path: string;
  /** What is known better than the file tells. */
  readonly given?: GivenManifest;
  /** Where it came from, for people; the file's name when absent. */
  readonly source?: string;
}

/** A TensorFlow.js graph model: a JSON file with its weights beside it; converted on first use. */
export interface TfjsOrigin {
  readonly kind: "tfjs";
  readonly name: string;
  readonly path: string;
  readonly outputs: readonly string[];
}

/** Whether a file's name says that it is a checkpoint. */
export const isCheckpoint = (path: string): boolean => /\.pth?$/i.test(path);
