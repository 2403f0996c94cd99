import { SensoriumError } from "@sensorium/protocol";
import { z } from "zod";

const PerChannel = z.tuple([z.number(), z.number(), z.number()]);
const Score = z.number().min(0).max(1);

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

/** Scores are comparable only within one model, so each brings its own thresholds. */
export const Thresholds = z.object({
  /** Below this a detection is noise. */
  low: Score,
  /** From here on the tracker trusts a detection at once; between low and high it only continues a track. */
  high: Score,
  /** A new track needs this much. */
  start: Score,
});
export type Thresholds = z.infer<typeof Thresholds>;

/** What is cut out of a source around a box for a model that looks at one object. */
export const CropSpec = z.object({
  /** Added on each side, as a part of the box's width and height. */
  margin: z.number().min(0).max(2),
  /** The shorter side is made as long as the longer one. */
  square: z.boolean(),
});
export type CropSpec = z.infer<typeof CropSpec>;

const common = {
  name: z.string().min(1),
  input: InputSpec,
  licence: z.string(),
  /** Where the model came from, for people. */
  source: z.string(),
  /** The outputs to read, in the order the family reads them, where they are not those the family expects. */
  outputs: z.array(z.string()).min(1).optional(),
};
const classes = z.array(z.string()).min(1);

/** Finds objects in a whole picture. */
const DetectManifest = z.object({
  ...common,
  task: z.literal("detect"),
  family: z.enum(["centernet", "yolox", "yolov5", "yolov8", "nanodet", "fastestdet", "end2end"]),
  classes,
  thresholds: Thresholds,
});

/** Says what one object is. */
const ClassifyManifest = z.object({
  ...common,
  task: z.literal("classify"),
  family: z.enum(["classifier"]),
  classes,
  crop: CropSpec,
});

/** Finds the body's keypoints: of the one person in a crop (MoveNet, BlazePose) or of everybody in it (YOLO-pose). */
const PoseManifest = z.object({
  ...common,
  task: z.literal("pose"),
  family: z.enum(["movenet", "yolo-pose", "blazepose"]),
  crop: CropSpec,
  /** Below this a pose is noise. */
  minScore: Score,
});

/** Finds faces in a picture. */
const FaceDetectManifest = z.object({
  ...common,
  task: z.literal("face-detect"),
  family: z.enum(["blazeface", "yunet", "ultra-light"]),
  crop: CropSpec,
  /** Below this a face is noise. */
  minScore: Score,
});

/** Turns a face into a vector. */
const FaceEmbedManifest = z.object({
  ...common,
  task: z.literal("face-embed"),
  family: z.enum(["faceres", "mobilefacenet"]),
  crop: CropSpec,
  /** `five-points`: the face is turned and scaled so that its landmarks lie where the model expects them. */
  alignment: z.enum(["none", "five-points"]),
});

/** Turns a person's appearance into a vector. */
const ReidManifest = z.object({
  ...common,
  task: z.literal("reid"),
  family: z.enum(["osnet"]),
  crop: CropSpec,
  /** Scalar product from which two vectors may be one person's wherever that is. */
  minLikeness: Score,
});

/** Finds where the places of a person's skin lie in a crop. */
const DensePoseManifest = z.object({
  ...common,
  task: z.literal("dense-pose"),
  family: z.enum(["densepose"]),
  crop: CropSpec,
});

/** What is known of a model; kept beside its prepared graph. */
export const ModelManifest = z.discriminatedUnion("task", [
  DetectManifest,
  ClassifyManifest,
  PoseManifest,
  DensePoseManifest,
  FaceDetectManifest,
  FaceEmbedManifest,
  ReidManifest,
]);
export type ModelManifest = z.infer<typeof ModelManifest>;

/** What a model is for. */
export type Task = ModelManifest["task"];
/** The tasks of models that look at a part of a picture. */
export type CropTask = Exclude<Task, "detect">;
/** The manifest of a model for a task. */
export type ManifestOf<T extends Task> = Extract<ModelManifest, { readonly task: T }>;
/** The families of a task: models whose files look and are read alike. */
export type FamilyName<T extends Task = Task> = ManifestOf<T>["family"];

/** What a model's file can tell of it: all but its name and origin. */
export type ManifestDraft<T extends Task = Task> = { [K in T]: Omit<ManifestOf<K>, "name" | "source"> }[T];

/**
 * The manifest of a model that is used for `task`.
 * @throws SensoriumError "model-unsupported" when the model is for another task.
 */
export function manifestFor<T extends Task>(task: T, manifest: ModelManifest): ManifestOf<T> {
  const isFor = (candidate: ModelManifest): candidate is ManifestOf<T> => candidate.task === task;
  if (isFor(manifest)) return manifest;
  const why = `the model ${manifest.name} is for the task ${manifest.task}; one for ${task} is needed`;
  throw new SensoriumError("model-unsupported", why);
}
