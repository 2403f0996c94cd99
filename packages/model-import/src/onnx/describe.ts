import { type Model, readModel } from "./codec.ts";
import type { ValueInfoProto } from "./proto.ts";
import { type Dimension, type ElementType, elementTypeOf } from "./tensor.ts";

/** Name, element type and shape of an input or output; `shape` is null when not even the rank is known. */
export interface TensorDescription {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[] | null;
}

/** What an ONNX file says about itself. */
export interface ModelDescription {
  readonly irVersion: number;
  /** Version of the standard ONNX operator set. */
  readonly opset: number;
  readonly producer: { readonly name: string; readonly version: string };
  /** Inputs a caller has to feed (constants that old files also list as inputs are left out). */
  readonly inputs: readonly TensorDescription[];
  readonly outputs: readonly TensorDescription[];
  /** Custom metadata, such as the class names that Ultralytics writes. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Describes an ONNX file; throws `model-invalid` when it is none. */
export function describeModel(bytes: Uint8Array): ModelDescription {
  const model = readModel(bytes);
  return {
    irVersion: model.irVersion ?? 0,
    opset: opsetOf(model),
    producer: { name: model.producerName ?? "", version: model.producerVersion ?? "" },
    inputs: inputsOf(model).map(describeTensor),
    outputs: model.graph.output.map(describeTensor),
    metadata: Object.fromEntries(model.metadataProps.map(({ key = "", value = "" }) => [key, value])),
  };
}

/** The version of the standard operator set that a model uses. */
export function opsetOf(model: Model): number {
  const standard = model.opsetImport.find(({ domain = "" }) => domain === "" || domain === "ai.onnx");
  return standard?.version ?? 0;
}

/** The inputs a caller has to feed. */
export function inputsOf({ graph }: Model): ValueInfoProto[] {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  return graph.input.filter(({ name }) => !constants.has(name));
}

/** Name, element type and shape of an input or output. */
export function describeTensor({ name = "", type }: ValueInfoProto): TensorDescription {
  const shape = type?.tensorType?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? (dimParam || "?"));
  return { name, type: elementTypeOf(type?.tensorType?.elemType), shape: shape ?? null };
}
