import type { InputSpec } from "../manifest.ts";

/** What is taken off each channel's bytes, and by what they are divided then. */
type Normalisation = Pick<InputSpec, "mean" | "std">;

/** The bytes as they are: 0..255. */
export const RAW: Normalisation = { mean: [0, 0, 0], std: [1, 1, 1] };

/** 0..1. */
export const UNIT: Normalisation = { mean: [0, 0, 0], std: [255, 255, 255] };

/** Mean and deviation of ImageNet's pictures (red, green, blue), by which most networks trained on it normalise. */
export const IMAGENET: Normalisation = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
};
