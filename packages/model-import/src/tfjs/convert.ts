import { SensoriumError } from "@sensorium/protocol";
import { invalid } from "../onnx/wire.ts";
import { Call, type Converter, type Emitter } from "./emitter.ts";
import { nchwFromNhwc } from "./layout.ts";
import { arrangement } from "./ops/arrangement.ts";
import { convolution } from "./ops/convolution.ts";
import { dense } from "./ops/dense.ts";
import { elementwise } from "./ops/elementwise.ts";
import { picture } from "./ops/picture.ts";
import type { TensorRef, TfNode } from "./topology.ts";
import { type Activation, type Constant, permuteDims, type Value } from "./value.ts";

const converters: ReadonlyMap<string, Converter> = new Map(
  [{ Placeholder: placeholder }, convolution, elementwise, picture, arrangement, dense].flatMap(
    Object.entries<Converter>,
  ),
);

/** Throws one `model-unsupported` that names every operation there is no converter for. */
export function refuseUnknown(nodes: readonly TfNode[]): void {
  const unknown = nodes.filter(({ op }) => op !== "Const" && !converters.has(op));
  if (unknown.length === 0) return;
  const named = [...new Set(unknown.map(({ op }) => op))].map((op) => {
    const uses = unknown.filter((node) => node.op === op);
    return `${op} (${uses.map(({ name }) => name).join(", ")})`;
  });
  throw new SensoriumError("model-unsupported", `These TFJS operations cannot be converted: ${named.join("; ")}.`);
}

/** Emits the ONNX nodes for TensorFlow nodes in topological order; the result looks their values up. */
export function convert(
  nodes: readonly TfNode[],
  emitter: Emitter,
  weights: ReadonlyMap<string, Constant>,
): (ref: TensorRef) => Value {
  const values = new Map<string, readonly Value[]>();
  const lookUp = ({ node, output }: TensorRef) => {
    const value = values.get(node)?.[output];
    if (value === undefined) throw invalid(`The TFJS node ${node} has no output ${output}.`);
    return value;
  };
  for (const node of nodes) {
    const made = node.op === "Const" ? weight(node, weights) : apply(new Call(node, node.inputs.map(lookUp), emitter));
    values.set(node.name, made);
  }
  return lookUp;
}

function apply(call: Call): readonly Value[] {
  const made = converters.get(call.node.op)?.(call) ?? [];
  return "kind" in made ? [made] : made;
}

function weight({ name }: TfNode, weights: ReadonlyMap<string, Constant>): readonly Value[] {
  const constant = weights.get(name);
  if (constant === undefined) throw invalid(`The TFJS model has no weight for its constant ${name}.`);
  return [constant];
}

function placeholder(call: Call): Activation {
  const { name, attributes } = call.node;
  const wanted = attributes.type("dtype");
  const type = ({ DT_FLOAT: "float32", DT_INT32: "int32" } as const)[wanted];
  if (type === undefined) throw call.unsupported(`takes ${wanted}, which cannot be converted`);
  const dims = attributes.shape("shape").map((size, axis) => (axis === 0 && size === -1 ? 1 : size));
  if (dims.includes(-1)) throw call.unsupported(`has the shape [${dims}], of which only the batch may be unknown`);
  const layout = dims.length === 4 ? "nchw" : "tf";
  const placed = layout === "nchw" ? permuteDims(dims, nchwFromNhwc) : dims;
  return { kind: "activation", name: call.graph.input(name, type, placed), dims, layout, type };
}
