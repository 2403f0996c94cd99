import type { GraphProto, NodeProto, TensorProto } from "../proto.ts";
import { elementCode } from "../tensor.ts";

const FLOAT = elementCode("float32");

/** Operations that only move elements, or choose among them: what comes out has the scale of what went in. */
const MOVING = new Set(["MaxPool", "Reshape", "Resize", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze"]);
/** Operations on one value that ONNX Runtime computes on bytes, or makes part of the convolution before. */
const UNARY = new Set(["AveragePool", "Clip", "GlobalAveragePool", "LeakyRelu", "Relu", "Sigmoid"]);
/** Those on several values, none of them a constant. */
const JOINING = new Set(["Add", "Concat", "Mul"]);
/** Operations whose result is no float, whatever they are given. */
const COUNTING = new Set(["ArgMax", "ArgMin", "Cast", "Equal", "Greater", "Less", "NonZero", "Not", "Shape", "Size"]);

const MOST_COLOURS = 4;

/** Which part of a graph is computed on bytes. */
export interface Plan {
  readonly nodes: ReadonlySet<NodeProto>;
  /** What goes into them and comes out of them. */
  readonly values: ReadonlySet<string>;
}

/**
 * Plans the body of a network: convolutions and matrix products with constant weights, and what is between them. The
 * last of them, and what is made of their results, stays in float: boxes and scores need more than 256 steps.
 */
export function planOf(graph: GraphProto): Plan {
  const constants = constantsOf(graph);
  const floats = floatsIn(graph, constants);
  const results = new Set(graph.output.map(({ name }) => name));
  /** Values of which a later product is made. */
  const leading = new Set<string>();
  const nodes = new Set<NodeProto>();
  for (const node of graph.node.toReversed()) {
    const product = weightOf(node, constants) !== undefined;
    const inner = node.output.some((name) => leading.has(name));
    if (!inner && !product) continue;
    const activations = activationsOf(node);
    for (const name of activations) leading.add(name);
    const bytewise = product || isBytewise(node, constants);
    const kept = node.output.some((name) => results.has(name)) || !activations.every((name) => floats.has(name));
    if (inner && bytewise && !kept) nodes.add(node);
  }
  return { nodes, values: new Set([...nodes].flatMap((node) => [...activationsOf(node), ...node.output])) };
}

/** The constants of a graph by name. */
export function constantsOf(graph: GraphProto): ReadonlyMap<string, TensorProto> {
  return new Map(graph.initializer.map((constant) => [constant.name ?? "", constant]));
}

/** Whether what comes out of a node has the scale of what goes into it. */
export const isMoving = ({ opType = "" }: NodeProto): boolean => MOVING.has(opType);

/** The inputs of a node that are neither weights, biases, shapes nor axes. */
export function activationsOf({ opType = "", input }: NodeProto): string[] {
  const [first = ""] = input;
  const known = isProduct(opType) || MOVING.has(opType) || UNARY.has(opType);
  return known ? [first] : input.filter((name) => name !== "");
}

/** Weights with the axis of the channels that they make. */
export interface Weight {
  readonly tensor: TensorProto;
  readonly axis: 0 | 1;
}

/**
 * The constant weights of a convolution or matrix product; undefined for other nodes, for convolutions of the picture,
 * and for those that make a single channel: they weigh what a head has found.
 */
export function weightOf(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): Weight | undefined {
  const { opType = "", input } = node;
  const tensor = constants.get(input[1] ?? "");
  if (!isProduct(opType) || tensor?.rawData === undefined || tensor.dataType !== FLOAT) return undefined;
  if (opType !== "Conv" && tensor.dims.length !== 2) return undefined;
  if (opType === "Conv" && isOfPicture(node, tensor)) return undefined;
  const flag = (name: string): bigint => node.attribute.find((each) => each.name === name)?.i ?? 0n;
  const scaled = node.attribute.some(({ name, f }) => (name === "alpha" || name === "beta") && f !== 1);
  if (opType === "Gemm" && (flag("transA") !== 0n || scaled)) return undefined;
  const axis = opType === "Conv" || flag("transB") !== 0n ? 0 : 1;
  return (tensor.dims[axis] ?? 0) > 1 ? { tensor, axis } : undefined;
}

/**
 * Whether a convolution is of the picture itself: the runtime has a kernel for so few channels in float alone. That of
 * yolov5n, a tenth of the network's work, takes half of the time of all its convolutions on bytes.
 */
function isOfPicture({ attribute }: NodeProto, { dims: [, channels = 0] }: TensorProto): boolean {
  const group = attribute.find(({ name }) => name === "group")?.i ?? 1n;
  return group === 1n && channels <= MOST_COLOURS;
}

const isProduct = (opType: string): boolean => opType === "Conv" || opType === "MatMul" || opType === "Gemm";

function isBytewise({ opType = "", input }: NodeProto, constants: ReadonlyMap<string, TensorProto>): boolean {
  if (JOINING.has(opType)) return !input.some((name) => constants.has(name));
  return MOVING.has(opType) || UNARY.has(opType);
}

/** The values that are known to be float32: sizes and indices flow through some of the same operations. */
function floatsIn(graph: GraphProto, constants: ReadonlyMap<string, TensorProto>): Set<string> {
  const inputs = graph.input.filter(({ type }) => type?.tensorType?.elemType === FLOAT).map(({ name = "" }) => name);
  const weights = [...constants].filter(([, { dataType }]) => dataType === FLOAT).map(([name]) => name);
  const floats = new Set([...inputs, ...weights]);
  for (const { opType = "", input, output } of graph.node) {
    if (COUNTING.has(opType) || !floats.has(input[0] ?? "")) continue;
    for (const name of output) floats.add(name);
  }
  return floats;
}
