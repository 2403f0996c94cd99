import { invalid } from "../onnx/wire.ts";
import { unsupported } from "../torch/errors.ts";
import { entry, isKind, type PickleDict, type PickleValue } from "../torch/value.ts";
import type { TrainedNetwork } from "./checkpoint.ts";
import type { Module } from "./module.ts";

/** What a network was trained to tell. */
export type UltralyticsTask = "detect" | "classify" | "pose";

/** What a checkpoint says about its network. */
export interface UltralyticsManifest {
  readonly task: UltralyticsTask;
  /** Names of the classes by their index. */
  readonly classes: readonly string[];
  /** Size of the pictures the network takes, RGB from 0 to 1: that of its training, a multiple of `stride`. */
  readonly input: { readonly width: number; readonly height: number };
  /** Input pixels per cell of the coarsest feature map; 1 for a classifier. */
  readonly stride: number;
  /** Points per box, and values per point: x, y and, where there are three, visibility. Only of a pose network. */
  readonly keypoints?: { readonly count: number; readonly values: number };
  /** The licence that the checkpoint names. */
  readonly licence?: string;
  /** The network's own name, such as `yolov8n-cls`. */
  readonly architecture?: string;
  /** Version of Ultralytics that saved the checkpoint. */
  readonly version?: string;
  /** When it was saved, as the checkpoint has it. */
  readonly date?: string;
}

/** The tasks of the known heads, by the full name of their class. */
const tasks: ReadonlyMap<string, UltralyticsTask> = new Map([
  ["models.yolo.Detect", "detect"],
  ["ultralytics.nn.modules.head.Detect", "detect"],
  ["ultralytics.nn.modules.head.Pose", "pose"],
  ["ultralytics.nn.modules.head.Classify", "classify"],
]);

const usualSide: Readonly<Record<UltralyticsTask, number>> = { detect: 640, pose: 640, classify: 224 };
const largestSide = 4096;

/** Reads the manifest of a network whose last layer is `head`. */
export function manifestOf({ model, checkpoint }: TrainedNetwork, head: Module): UltralyticsManifest {
  const task = tasks.get(head.className);
  if (task === undefined) throw head.unsupported("is the head of the network, and not a known one");
  expectPlainPictures(model);
  const stride = Math.max(...model.tensor("stride").floats());
  if (!Number.isInteger(stride) || stride < 1) throw model.invalid("has no usable stride");
  const { license: licence, version, date } = textsOf(checkpoint);
  const architecture = architectureOf(model);
  return {
    task,
    classes: classesOf(model),
    input: inputOf(checkpoint, { side: usualSide[task], stride }),
    stride,
    ...(task === "pose" && { keypoints: keypointsOf(head) }),
    ...(licence && { licence }),
    ...(architecture && { architecture }),
    ...(version && { version }),
    ...(date && { date }),
  };
}

function classesOf(model: Module): string[] {
  const names = model.setting("names");
  const listed = isKind(names, "list") ? names.items.entries() : isKind(names, "dict") ? names.entries : [];
  const byIndex = new Map<PickleValue, PickleValue>(listed);
  const classes = Array.from(byIndex, (_, index) => byIndex.get(index));
  if (classes.length > 0 && classes.every((name) => typeof name === "string" || typeof name === "number")) {
    return classes.map(String);
  }
  throw model.invalid("has no usable class names");
}

/** The size of the training, kept as one number or as height and width, in whole strides as Ultralytics rounds it. */
function inputOf(
  checkpoint: PickleDict,
  { side, stride }: { readonly side: number; readonly stride: number },
): UltralyticsManifest["input"] {
  const kept = entry(entry(checkpoint, "train_args") ?? entry(checkpoint, "opt"), "imgsz") ?? side;
  const sizes = isKind(kept, "list") || isKind(kept, "tuple") ? kept.items : [kept];
  const [height = 0, width = height] = sizes.map((size) => Math.ceil(Number(size) / stride) * stride);
  const possible = (size: number) => size >= 1 && size <= largestSide;
  if (possible(height) && possible(width)) return { width, height };
  throw invalid(`The checkpoint names the picture size ${sizes.map(String).join("×")}, which is none.`);
}

function keypointsOf(head: Module): UltralyticsManifest["keypoints"] {
  const [count, values] = head.pair("kpt_shape");
  return { count, values };
}

function textsOf(checkpoint: PickleDict): Readonly<Record<string, string>> {
  const texts = [...checkpoint.entries].filter(([, value]) => typeof value === "string" && value !== "");
  return Object.fromEntries(texts.map(([key, value]) => [String(key), String(value)]));
}

/** The name of the file that describes the network, without its folder and ending. */
function architectureOf(model: Module): string | undefined {
  const file = model.setting("yaml_file") ?? entry(model.setting("yaml"), "yaml_file");
  return typeof file === "string" ? /([^/\\]+?)(?:\.ya?ml)?$/.exec(file)?.[1] : undefined;
}

/** Some classifiers keep how their pictures were prepared; exports are all fed RGB from 0 to 1. */
function expectPlainPictures(model: Module): void {
  for (const step of stepsOf(model.setting("transforms"))) {
    if (!isKind(step, "object") || step.name !== "Normalize") continue;
    const [mean = [], std = []] = ["mean", "std"].map((name) => numbersOf(step.attributes.get(name)));
    if (mean.some((value) => value !== 0) || std.some((value) => value !== 1)) {
      throw unsupported(`The network wants its pictures normalised by ${mean} and ${std}, which cannot be converted.`);
    }
  }
}

function stepsOf(transforms: PickleValue | undefined): readonly PickleValue[] {
  const steps = isKind(transforms, "object") ? transforms.attributes.get("transforms") : undefined;
  return isKind(steps, "list") ? steps.items : [];
}

function numbersOf(value: PickleValue | undefined): number[] {
  if (isKind(value, "tensor")) return [...value.floats()];
  return isKind(value, "list") || isKind(value, "tuple") ? value.items.map(Number) : [];
}
