import { type Tensor, tensor4d } from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { importTfjs } from "../tfjs/import.ts";
import { sharedPath } from "./shared-data.ts";
import { bundledPath, loadWithTfjs, readTfjs, type TfjsFiles, useTfjs } from "./tfjs.ts";

/** A TFJS model that is used, and how it is fed and compared. */
export interface UsedModel {
  readonly name: string;
  /** Path of its files without their endings. */
  readonly path: string;
  readonly input: string;
  readonly type: "float32" | "int32";
  /** Width and height of its input in pixels. */
  readonly side: number;
  /** What it is fed for a channel's value of 0 to 255. */
  scale(value: number): number;
  /** The outputs that are used, each with the size below which an absolute difference is what counts. */
  readonly outputs: Readonly<Record<string, number>>;
  /** A picture of the kind it looks at, among the shared data. */
  readonly picture: string;
  /** The part of the picture it looks at, in fractions: left, top, width, height. */
  readonly part: readonly [number, number, number, number];
}

const whole = [0, 0, 1, 1] as const;
const street = "images/ultralytics/bus.jpg";
const portrait = "images/faces/img1.jpg";

/**
 * Every TFJS model in use. Floors: a pixel of the model's input for places and sizes, a thousandth for probabilities, a
 * logit of one, a tenth of the typical value for vectors.
 */
export const usedModels: readonly UsedModel[] = [
  {
    name: "centernet",
    path: bundledPath("centernet"),
    input: "tower_0/images",
    type: "float32",
    side: 512,
    scale: (value) => value,
    outputs: { "tower_0/detections": 1 },
    picture: street,
    part: whole,
  },
  {
    name: "movenet-lightning",
    path: bundledPath("movenet-lightning"),
    input: "input",
    type: "int32",
    side: 192,
    scale: (value) => value,
    // Places are parts of the input here.
    outputs: { "Identity:0": 1 / 192 },
    picture: street,
    part: [0.14, 0.36, 0.4, 0.46],
  },
  {
    name: "blazeface",
    path: bundledPath("blazeface"),
    input: "input",
    type: "float32",
    side: 256,
    scale: (value) => value / 127.5 - 1,
    outputs: { "Identity:0": 1, "Identity_1:0": 1, "Identity_2:0": 1, "Identity_3:0": 1 },
    picture: portrait,
    part: whole,
  },
  {
    name: "faceres",
    path: bundledPath("faceres"),
    input: "input_1",
    type: "float32",
    side: 224,
    scale: (value) => value,
    outputs: { "global_pooling/Mean": 0.1 },
    picture: portrait,
    part: [0.3, 0.1, 0.4, 0.5],
  },
  {
    name: "blazepose-lite",
    path: sharedPath("models/tfjs/blazepose-lite/blazepose-lite"),
    input: "input_1",
    type: "float32",
    side: 256,
    scale: (value) => value / 255,
    outputs: { ld_3d: 1, output_poseflag: 1e-3 },
    picture: street,
    part: [0.14, 0.36, 0.4, 0.46],
  },
];

/** Values of one picture with the channels last, as TFJS takes them, and first, as the converted model does. */
export interface Fed {
  readonly last: Float32Array;
  readonly first: Float32Array | Int32Array;
  readonly dims: readonly [number, number, number, number];
}

/** The model's picture, as it is fed. */
export async function feedOf({ picture, part, side, scale, type }: UsedModel): Promise<Fed> {
  const image = sharp(sharedPath(picture));
  const { width, height } = await image.metadata();
  const [left, top, across, down] = part;
  const region = {
    left: Math.round(left * width),
    top: Math.round(top * height),
    width: Math.round(across * width),
    height: Math.round(down * height),
  };
  const pixels = await image.extract(region).resize(side, side, { fit: "fill" }).removeAlpha().raw().toBuffer();
  const count = side * side;
  const last = Float32Array.from(pixels, scale);
  const first = Float32Array.from(last, (_, i) => last[(i % count) * 3 + Math.floor(i / count)] ?? 0);
  return { last, first: type === "int32" ? Int32Array.from(first) : first, dims: [1, 3, side, side] };
}

/** The model's files as they are read. */
export const readUsed = ({ path }: UsedModel): TfjsFiles => readTfjs(path);

/** The model as it is used on ONNX Runtime. */
export function importUsed(model: UsedModel): Uint8Array {
  return importTfjs({ ...readUsed(model), outputs: Object.keys(model.outputs) });
}

/** Runs the model in TFJS on WASM with SIMD, one thread; the function gives the values of its used outputs. */
export async function runnerOnWasm(model: UsedModel, { last }: Fed): Promise<() => ArrayLike<number>[]> {
  await useTfjs("wasm");
  const graph = loadWithTfjs(readUsed(model));
  const picture = tensor4d(last, [1, model.side, model.side, 3], model.type);
  return () => {
    const results: Tensor[] = [graph.execute(picture, Object.keys(model.outputs))].flat();
    return results.map((tensor) => {
      const values = tensor.dataSync();
      tensor.dispose();
      return values;
    });
  };
}
