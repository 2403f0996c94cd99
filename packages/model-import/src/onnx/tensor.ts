import type { TensorProto, ValueInfoProto } from "./proto.ts";

/** ONNX element types by their number in `TensorProto.DataType`. */
const elementTypes = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
] as const;

/** The element type of a tensor; `"other"` for complex, 8-bit float and later ones, `"undefined"` for non-tensors. */
export type ElementType = (typeof elementTypes)[number] | "other";

/** A dimension: a number, or the name of a symbolic one (`"?"` when it has none). */
export type Dimension = number | string;

/** Typed arrays whose bytes are an initialiser's raw data. */
export type TensorData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** The number of an element type in the ONNX schema. */
export function elementCode(type: Exclude<ElementType, "other">): number {
  return elementTypes.indexOf(type);
}

/** The element type with a number in the ONNX schema. */
export function elementTypeOf(code: number | undefined): ElementType {
  return elementTypes[code ?? 0] ?? "other";
}

/** An initialiser over a typed array, whose bytes are used as they are (little-endian, as ONNX wants them). */
export function tensor(name: string, dims: readonly number[], data: TensorData): TensorProto {
  return {
    name,
    dims: [...dims],
    dataType: elementCode(typeOfData(data)),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    externalData: [],
  };
}

/** Name, element type and shape of a graph's input or output. */
export function valueInfo(
  name: string,
  type: Exclude<ElementType, "other">,
  shape: readonly Dimension[],
): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementCode(type), shape: { dim } } } };
}

function typeOfData(data: TensorData): "float32" | "uint8" | "int8" | "int32" | "int64" {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint8Array ? "uint8" : "int64";
}
