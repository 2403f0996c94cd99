import { SensoriumError } from "@sensorium/protocol";
import { float16 } from "../half.ts";
import { invalid } from "../onnx/wire.ts";
import { type Constant, sizeOf } from "./value.ts";

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

/** Bytes per element as stored; a bool takes one. */
const widths: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * Reads the weights a TFJS `weightsManifest` lists from the concatenated weight files. Quantised weights become what
 * TFJS computes with: float16 is widened, uint8 and uint16 are scaled.
 */
export function readWeights(json: unknown, files: Uint8Array | readonly Uint8Array[]): Map<string, Constant> {
  const bytes = files instanceof Uint8Array ? files : concatenate(files);
  const weights = new Map<string, Constant>();
  let offset = 0;
  for (const spec of listSpecs(json)) {
    const width = widths[spec.quantization?.dtype ?? spec.dtype];
    if (width === undefined) throw unsupported(spec);
    const end = offset + sizeOf(spec.shape) * width;
    if (end > bytes.length) {
      throw invalid(`The weight files end before ${spec.name}: ${bytes.length} bytes are there, ${end} are needed.`);
    }
    // Weights lie at any offset; a copy is aligned.
    weights.set(spec.name, decode(spec, bytes.slice(offset, end).buffer));
    offset = end;
  }
  if (offset !== bytes.length) throw invalid(`The weight files hold ${bytes.length} bytes; the model lists ${offset}.`);
  return weights;
}

function decode(spec: WeightSpec, stored: ArrayBuffer): Constant {
  const base = { kind: "constant", dims: spec.shape } as const;
  if (spec.dtype === "float32") return { ...base, type: "float32", data: decodeFloats(spec, stored) };
  if (spec.dtype === "int32" && spec.quantization === undefined) {
    return { ...base, type: "int32", data: new Int32Array(stored) };
  }
  if (spec.dtype === "int32") {
    return { ...base, type: "int32", data: Int32Array.from(decodeFloats(spec, stored), Math.round) };
  }
  if (spec.dtype === "bool") return { ...base, type: "bool", data: new Uint8Array(stored) };
  throw unsupported(spec);
}

function decodeFloats(spec: WeightSpec, stored: ArrayBuffer): Float32Array {
  const { quantization } = spec;
  if (quantization === undefined) return new Float32Array(stored);
  if (quantization.dtype === "float16") return Float32Array.from(new Uint16Array(stored), float16);
  const levels = quantization.dtype === "uint8" ? new Uint8Array(stored) : new Uint16Array(stored);
  const { scale = 1, min = 0 } = quantization;
  return Float32Array.from(levels, (level) => level * scale + min);
}

function listSpecs(json: unknown): WeightSpec[] {
  const groups = (json as { weightsManifest?: unknown } | null)?.weightsManifest;
  if (!Array.isArray(groups)) throw invalid("The file is not a TFJS graph model: it lists no weights.");
  const specs: unknown[] = groups.flatMap((group: { weights?: unknown[] } | null) => group?.weights ?? []);
  for (const spec of specs) if (!isSpec(spec)) throw invalid("The TFJS model's list of weights is malformed.");
  return specs.filter(isSpec);
}

function isSpec(value: unknown): value is WeightSpec {
  const spec = value as Partial<WeightSpec> | null;
  const sizes = Array.isArray(spec?.shape) && spec.shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  return sizes && typeof spec?.name === "string" && typeof spec.dtype === "string";
}

function concatenate(files: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(files.reduce((length, file) => length + file.length, 0));
  let at = 0;
  for (const file of files) {
    whole.set(file, at);
    at += file.length;
  }
  return whole;
}

function unsupported({ name, dtype, quantization }: WeightSpec): SensoriumError {
  const stored = quantization === undefined ? dtype : `${dtype} stored as ${quantization.dtype}`;
  return new SensoriumError("model-unsupported", `The weight ${name} is ${stored}, which cannot be converted.`);
}
