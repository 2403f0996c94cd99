import { z } from "zod";

const PerChannel = z.tuple([z.number(), z.number(), z.number()]);

/** How a model wants its pictures; see `PreprocessSpec` of model-import for the exact meaning. */
export const InputSpec = z.object({
  width: z.number().int().min(16).max(4096),
  height: z.number().int().min(16).max(4096),
  fit: z.enum(["contain-topleft", "contain-centre", "stretch"]),
  pad: z.number().int().min(0).max(255),
  order: z.enum(["rgb", "bgr"]),
  mean: PerChannel,
  std: PerChannel,
  layout: z.enum(["nchw", "nhwc"]),
});
export type InputSpec = z.infer<typeof InputSpec>;

export const FamilyName = z.enum(["centernet", "yolox", "yolov5", "yolov8", "nanodet", "fastestdet", "end2end"]);
export type FamilyName = z.infer<typeof FamilyName>;

/** Scores are comparable only within one model, so each brings its own thresholds. */
export const Thresholds = z.object({
  /** Below this a detection is noise. */
  low: z.number().min(0).max(1),
  /** From here on the tracker trusts a detection at once; between low and high it only continues a track. */
  high: z.number().min(0).max(1),
  /** A new track needs this much. */
  start: z.number().min(0).max(1),
});
export type Thresholds = z.infer<typeof Thresholds>;

/** What is known of a model; kept beside its prepared graph. */
export const ModelManifest = z.object({
  name: z.string().min(1),
  task: z.literal("detect"),
  family: FamilyName,
  input: InputSpec,
  classes: z.array(z.string()).min(1),
  thresholds: Thresholds,
  licence: z.string(),
  /** Where the model came from, for people. */
  source: z.string(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;
