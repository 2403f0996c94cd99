import type { InputSpec } from "../manifest.ts";

/** Mean and deviation of ImageNet's pictures (red, green, blue), by which most networks trained on it normalise. */
export const IMAGENET: Pick<InputSpec, "mean" | "std"> = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
};
