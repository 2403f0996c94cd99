import { GraphBuilder } from "./builder.ts";
import { type Model, readModel, writeModel } from "./codec.ts";
import { describeTensor, inputsOf } from "./describe.ts";
import { namesIn } from "./names.ts";
import type { GraphProto } from "./proto.ts";
import { elementCode } from "./tensor.ts";
import { refuseVersions } from "./versions.ts";
import { invalid } from "./wire.ts";

/** One number per colour channel, in the order the model takes them. */
export type PerChannel = readonly [number, number, number];

/** How a model wants its pictures. */
export interface PreprocessSpec {
  /** The model's own input width and height in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * How a picture fills the input: scaled with its aspect kept and padded (right and bottom, or evenly with the odd
   * pixel at the right and bottom), or stretched.
   */
  readonly fit: "contain-topleft" | "contain-centre" | "stretch";
  /** Value of the padding, 0 to 255, in all channels. */
  readonly pad: number;
  /** Channel order of the model's input. */
  readonly order: "rgb" | "bgr";
  /** The model is fed (value − mean) / std, values being 0 to 255. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
  /** Arrangement of the model's input: [1,3,height,width] or [1,height,width,3]. */
  readonly layout: "nchw" | "nhwc";
}

/** Where each of the model's channels lies among the planes of FFmpeg's gbrp: green, blue, red. */
const planes = { rgb: [2, 0, 1], bgr: [1, 0, 2] } as const;

/**
 * Puts the preprocessing inside the graph, in front of the image input: the fused model's only input is `picture`,
 * uint8 planes [1,3,h,w] in the order green, blue, red (FFmpeg's gbrp), with h ≤ height and w ≤ width chosen per run,
 * or equal to them for `stretch`. A symbolic batch or size becomes 1 and `height` × `width`. Outputs and metadata stay
 * as they are; constants that old files also list as inputs are inputs no more, so that the runtime can fold them.
 *
 * Throws `model-invalid` when the model does not take one picture of that size, `model-unsupported` when its operator
 * set or file version is too old or too new.
 */
export function fusePreprocess(bytes: Uint8Array, spec: PreprocessSpec): Uint8Array {
  const model = readModel(bytes);
  refuseVersions(model);
  const target = imageInput(model, spec);
  const preamble = preprocessing(new GraphBuilder(namesIn(model.graph)), spec, target);
  const { graph } = model;
  const fused: GraphProto = {
    ...graph,
    node: [...preamble.node, ...graph.node],
    initializer: [...preamble.initializer, ...graph.initializer],
    input: preamble.input,
  };
  // Before IR version 4 every constant had to be an input as well.
  return writeModel({ ...model, irVersion: Math.max(4, model.irVersion ?? 0), graph: fused });
}

function imageInput(model: Model, spec: PreprocessSpec): Target {
  const inputs = inputsOf(model).map(describeTensor);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(", ") || "none";
    throw invalid(`The model takes ${inputs.length} inputs (${names}); it has to take one, the picture.`);
  }
  const needed = inputShape(spec);
  const { type, shape } = input;
  const fits = shape?.length === 4 && shape.every((size, axis) => typeof size === "string" || size === needed[axis]);
  if (!fits || !isFed(type)) {
    const found = `${type} [${shape?.join(",") ?? "of unknown rank"}]`;
    const types = `${fedTypes.slice(0, -1).join(", ")} or ${fedTypes.at(-1)}`;
    throw invalid(`The model's input ${input.name} is ${found}; needed is ${types} [${needed.join(",")}].`);
  }
  return { name: input.name, type };
}

/** Element types that a picture's values can be given in; as integers they are rounded towards zero. */
const fedTypes = ["float32", "float16", "int32", "uint8"] as const;
type FedType = (typeof fedTypes)[number];

const isFed = (type: string): type is FedType => fedTypes.some((each) => each === type);

/** The input that the preprocessing makes. */
interface Target {
  readonly name: string;
  readonly type: FedType;
}

function inputShape({ width, height, layout }: PreprocessSpec): readonly number[] {
  return layout === "nchw" ? [1, 3, height, width] : [1, height, width, 3];
}

/** Everything that can be done on bytes is done on bytes: a quarter of the memory traffic of floats. */
function preprocessing(graph: GraphBuilder, spec: PreprocessSpec, target: Target): GraphProto {
  const stretch = spec.fit === "stretch";
  const size = stretch ? [spec.height, spec.width] : ["height", "width"];
  let value = graph.input("picture", "uint8", [1, 3, ...size]);
  value = graph.node("Gather", [value, graph.int64s("plane_order", planes[spec.order])], { attributes: { axis: 1n } });
  if (!stretch) {
    value = padAxis(graph, value, { axis: 3, size: spec.width, spec });
    value = padAxis(graph, value, { axis: 2, size: spec.height, spec });
  }
  if (spec.layout === "nhwc") value = graph.node("Transpose", [value], { attributes: { perm: [0, 2, 3, 1] } });
  const asIs = spec.mean.every((each) => each === 0) && spec.std.every((each) => each === 1);
  if (!asIs) value = normalise(graph, cast(graph, value, "float32"), spec);
  if (target.type !== (asIs ? "uint8" : "float32")) value = cast(graph, value, target.type);
  // The padded shape is known only here; the rest of the model keeps its static optimisations.
  graph.nodeInto("Reshape", [value, graph.int64s("input_shape", inputShape(spec))], { outputs: [target.name] });
  return graph.build("preprocess");
}

/** Pads by concatenation: Pad takes bytes and dynamic amounts only from operator set 11 on, and is no faster. */
function padAxis(
  graph: GraphBuilder,
  value: string,
  { axis, size, spec }: { axis: 2 | 3; size: number; spec: PreprocessSpec },
): string {
  const shape = graph.node("Shape", [value]);
  const pick = (...axes: number[]) => graph.node("Gather", [shape, graph.int64s("axes", axes)]);
  const missing = graph.node("Sub", [graph.int64s("size", [size]), pick(axis)]);
  const fill = graph.constant("pad", [1, 1, 1, 1], Uint8Array.of(spec.pad));
  const block = (thickness: string) => {
    const dims = axis === 3 ? [pick(0, 1, 2), thickness] : [pick(0, 1), thickness, pick(3)];
    return graph.node("Expand", [fill, graph.node("Concat", dims, { attributes: { axis: 0n } })]);
  };
  const parts = [value];
  if (spec.fit === "contain-centre") {
    const before = graph.node("Div", [missing, graph.int64s("two", [2])]);
    parts.unshift(block(before));
    parts.push(block(graph.node("Sub", [missing, before])));
  } else {
    parts.push(block(missing));
  }
  return graph.node("Concat", parts, { attributes: { axis: BigInt(axis) } });
}

function normalise(graph: GraphBuilder, value: string, { mean, std, layout }: PreprocessSpec): string {
  const perChannel = (name: string, values: number[]) => {
    const [first = 0] = values;
    const uniform = values.every((each) => each === first);
    const dims = layout === "nchw" ? [3, 1, 1] : [3];
    return graph.constant(name, uniform ? [] : dims, Float32Array.from(uniform ? [first] : values));
  };
  const scale = std.map((each) => 1 / each);
  const shift = mean.map((each, channel) => -each * (scale[channel] ?? 1));
  let normalised = value;
  if (scale.some((each) => each !== 1)) normalised = graph.node("Mul", [normalised, perChannel("scale", scale)]);
  if (shift.some((each) => each !== 0)) normalised = graph.node("Add", [normalised, perChannel("shift", shift)]);
  return normalised;
}

function cast(graph: GraphBuilder, value: string, type: FedType): string {
  return graph.node("Cast", [value], { attributes: { to: BigInt(elementCode(type)) } });
}
