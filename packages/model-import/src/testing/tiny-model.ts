import { type Tensor, tensor as tfTensor } from "@tensorflow/tfjs-core";
import { importTfjs } from "../tfjs/import.ts";
import { type Fetched, runOnnx } from "./session.ts";
import { loadWithTfjs, type TfjsFiles, useTfjs } from "./tfjs.ts";

/** A tensor with its values. */
export interface Filled {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

type AttributeValue = boolean | number | string | readonly number[] | readonly string[];

/** One operation: its name, its kind, its inputs by name, its attributes in plain values (`DT_…` is a type). */
export type TinyNode = readonly [
  name: string,
  op: string,
  inputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeValue>>,
];

/** A graph of a few nodes; its outputs are those of the last node unless they are named. */
export interface TinyModel {
  readonly inputs?: Readonly<Record<string, Filled>>;
  readonly constants?: Readonly<Record<string, Filled>>;
  readonly nodes: readonly TinyNode[];
  readonly outputs?: readonly string[];
}

/** Values that repeat late and take both signs. */
export function floats(...dims: number[]): Filled {
  const length = dims.reduce((a, b) => a * b, 1);
  return { dims, data: Float32Array.from({ length }, (_, i) => (((i * 7919) % 613) - 306) / 61) };
}

/** A list of integers. */
export function ints(...values: number[]): Filled {
  return { dims: [values.length], data: Int32Array.from(values) };
}

/** A single integer. */
export function int(value: number): Filled {
  return { dims: [], data: Int32Array.of(value) };
}

/** A single number. */
export function float(value: number): Filled {
  return { dims: [], data: Float32Array.of(value) };
}

/** The model as TFJS files. */
export function tinyFiles({
  inputs = {},
  constants = {},
  nodes,
  outputs = [nodes.at(-1)?.[0] ?? ""],
}: TinyModel): TfjsFiles {
  const placeholders = Object.entries(inputs).map(([name, { dims, data }]) => {
    const dim = dims.map((size) => ({ size: String(size) }));
    return { name, op: "Placeholder", attr: { shape: { shape: { dim } }, dtype: { type: typeOf(data) } } };
  });
  const held = Object.entries(constants).map(([name, { data }]) => {
    return { name, op: "Const", attr: { dtype: { type: typeOf(data) } } };
  });
  const computed = nodes.map(([name, op, input, attributes = {}]) => {
    const attr = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attribute(value)]));
    return { name, op, input, attr };
  });
  const weights = Object.entries(constants).map(([name, { dims, data }]) => {
    return { name, shape: [...dims], dtype: data instanceof Float32Array ? ("float32" as const) : ("int32" as const) };
  });
  const signature = { outputs: Object.fromEntries(outputs.map((name) => [name, { name }])) };
  return {
    topology: {
      modelTopology: { node: [...placeholders, ...held, ...computed], versions: { producer: 1 } },
      signature,
      weightsManifest: [{ weights }],
    },
    weights: Uint8Array.from(Object.values(constants).flatMap(({ data }) => [...new Uint8Array(data.buffer)])),
  };
}

/** Runs the model in TFJS (plain JavaScript) and, converted, in ONNX Runtime; both results, output by output. */
export async function runTiny(model: TinyModel): Promise<{ readonly tfjs: Fetched[]; readonly onnx: Fetched[] }> {
  await useTfjs("cpu");
  const files = tinyFiles(model);
  const outputs = Object.keys((files.topology.signature as { outputs: object }).outputs);
  const inputs = Object.entries(model.inputs ?? {});
  const feeds = inputs.map(([name, { dims, data }]) => [name, tfTensor(data, [...dims])] as const);
  const results = [loadWithTfjs(files).execute(Object.fromEntries(feeds), outputs)].flat();
  const fetched = await runOnnx(
    importTfjs(files),
    Object.fromEntries(inputs.map(([name, filled]) => [name, channelsFirst(filled)])),
  );
  return {
    tfjs: results.map((tensor: Tensor) => ({ dims: tensor.shape, values: Array.from(tensor.dataSync()) })),
    onnx: outputs.map((name) => fetched[name] ?? { dims: [], values: [] }),
  };
}

function channelsFirst({ dims, data }: Filled): Filled {
  const [batch = 1, height = 1, width = 1, channels = 1] = dims;
  if (dims.length !== 4) return { dims, data };
  const pixels = height * width;
  const moved = data.map((_, i) => {
    const [image, channel, pixel] = [
      Math.floor(i / (channels * pixels)),
      Math.floor(i / pixels) % channels,
      i % pixels,
    ];
    return data[(image * pixels + pixel) * channels + channel] ?? 0;
  });
  return { dims: [batch, channels, height, width], data: moved };
}

function typeOf(data: Filled["data"]): string {
  return data instanceof Float32Array ? "DT_FLOAT" : "DT_INT32";
}

function attribute(value: AttributeValue): object {
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") return value.startsWith("DT_") ? { type: value } : { s: btoa(value) };
  if (value.every((each) => typeof each === "number")) return { list: { i: value.map(String) } };
  return { list: { s: value.map((each) => btoa(String(each))) } };
}
