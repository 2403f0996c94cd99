import { SensoriumError } from "@sensorium/protocol";
import type { AttributeValue, GraphBuilder } from "../onnx/builder.ts";
import { invalid } from "../onnx/wire.ts";
import { nchwFromNhwc, nhwcFromNchw } from "./layout.ts";
import type { TfNode } from "./topology.ts";
import {
  type Activation,
  type Constant,
  factorOf,
  type Layout,
  permute,
  permuteDims,
  sizeOf,
  type Value,
  type ValueType,
} from "./value.ts";

/** What a new activation is, beside its name. */
export interface Kind {
  readonly dims: readonly number[];
  readonly layout: Layout;
  readonly type?: ValueType;
}

/** One node to emit. */
export interface Emission extends Kind {
  /** The result is proportional to each input, so that their factors can be left to whoever uses the result. */
  readonly proportional?: boolean;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Turns one TensorFlow node into ONNX nodes; several results for an operation with several outputs. */
export type Converter = (call: Call) => Value | readonly Value[];

/** Writes the ONNX graph and knows in which layouts each value exists there. */
export class Emitter {
  readonly graph: GraphBuilder;
  readonly #names = new Map<Value, Map<Layout, string>>();
  readonly #scaled = new Map<Activation, Activation>();

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  /** The ONNX name of a value in a layout; converts it when it does not exist in that layout yet. */
  name(value: Value, layout: Layout): string {
    return this.unscaled(value.kind === "activation" ? this.#scale(value) : value, layout);
  }

  /** As `name`, for a caller who takes care of the value's factor. */
  unscaled(value: Value, layout: Layout): string {
    if (value.kind === "activation" && value.layout === layout) return value.name;
    const names = this.#names.get(value) ?? new Map<Layout, string>();
    this.#names.set(value, names);
    const known = names.get(layout);
    if (known !== undefined) return known;
    const made = value.kind === "constant" ? this.#constant(value, layout) : this.#convert(value, layout);
    names.set(layout, made);
    return made;
  }

  #scale(value: Activation): Activation {
    const { factor = 1, ...unscaled } = value;
    if (factor === 1) return value;
    const scaled = this.#scaled.get(value) ?? { ...unscaled, name: this.#multiply(value, factor) };
    this.#scaled.set(value, scaled);
    return scaled;
  }

  /** A picture is scaled by a depthwise convolution: other than Mul it stays in the runtime's own blocked layout. */
  #multiply({ name, dims: [, , , channels = 1], layout }: Activation, factor: number): string {
    if (layout === "tf")
      return this.graph.node("Mul", [name, this.graph.constant("factor", [], Float32Array.of(factor))]);
    const weights = this.graph.constant("factor", [channels, 1, 1, 1], new Float32Array(channels).fill(factor));
    return this.graph.node("Conv", [name, weights], { attributes: { group: BigInt(channels), kernel_shape: [1, 1] } });
  }

  #constant(value: Constant, layout: Layout): string {
    const padded = [...new Array<number>(Math.max(0, 4 - value.dims.length)).fill(1), ...value.dims];
    const scalar = value.dims.length === 0;
    const placed = layout === "tf" || scalar ? value : permute({ ...value, dims: padded }, nchwFromNhwc);
    const name = this.graph.constant("constant", placed.dims, placed.data);
    if (value.type !== "bool") return name;
    return this.graph.node("Cast", [name], { attributes: { to: 9n } });
  }

  #convert(value: Activation, layout: Layout): string {
    const [, height = 1, width = 1, channels = 1] = value.dims;
    const order = layout === "nchw" ? nchwFromNhwc : nhwcFromNchw;
    const wish = `${value.name}/${layout === "nchw" ? "nchw" : "nhwc"}`;
    // The order of the data in memory is the same for a single pixel and for a single channel.
    if (height * width === 1 || channels === 1) {
      const dims = layout === "nchw" ? permuteDims(value.dims, order) : value.dims;
      return this.graph.node("Reshape", [value.name, this.graph.int64s("shape", dims)], { name: wish });
    }
    return this.graph.node("Transpose", [value.name], { name: wish, attributes: { perm: order } });
  }
}

/** The conversion of one node: its inputs, its attributes, and the means to emit ONNX nodes for it. */
export class Call {
  readonly node: TfNode;
  readonly inputs: readonly Value[];
  readonly emitter: Emitter;

  constructor(node: TfNode, inputs: readonly Value[], emitter: Emitter) {
    this.node = node;
    this.inputs = inputs;
    this.emitter = emitter;
  }

  get graph(): GraphBuilder {
    return this.emitter.graph;
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw invalid(`The TFJS node ${this.node.name} lacks its input ${index + 1}.`);
    return value;
  }

  /** An input that has to be known at import. */
  constant(index: number): Constant {
    const value = this.input(index);
    if (value.kind !== "constant") throw this.unsupported(`computes its input ${index + 1}, which has to be constant`);
    return value;
  }

  /** The numbers of an input that has to be known at import, such as axes and sizes. */
  numbers(index: number): number[] {
    return Array.from(this.constant(index).data);
  }

  /** A non-negative axis from an input that holds one, counted from the end when it is negative. */
  axis(index: number, rank: number): number {
    const [axis = 0] = this.numbers(index);
    return axis < 0 ? axis + rank : axis;
  }

  /** Emits one ONNX node over values, all in the layout of the result. */
  emit(opType: string, values: readonly Value[], emission: Emission): Activation {
    const { proportional = false, layout } = emission;
    const names = values.map((value) =>
      proportional ? this.emitter.unscaled(value, layout) : this.emitter.name(value, layout),
    );
    const made = this.emitNamed(opType, names, { type: values[0]?.type ?? "float32", ...emission });
    return proportional ? { ...made, factor: values.map(factorOf).reduce((a, b) => a * b, 1) } : made;
  }

  /** Emits one ONNX node over named ONNX values. */
  emitNamed(
    opType: string,
    names: readonly string[],
    { attributes = {}, dims, layout, type = "float32" }: Emission,
  ): Activation {
    const name = this.graph.node(opType, names, { name: this.node.name, attributes });
    return { kind: "activation", name, dims, layout, type };
  }

  /** The value with another shape, its data untouched; a constant stays one. */
  reshape(value: Value, dims: readonly number[]): Value {
    if (sizeOf(dims) !== sizeOf(value.dims)) {
      throw invalid(`The TFJS node ${this.node.name} cannot shape [${value.dims}] as [${dims}].`);
    }
    if (value.kind === "constant") return { ...value, dims };
    const before = value.shapedFrom ?? value;
    if (before.dims.length === dims.length && before.dims.every((size, axis) => size === dims[axis])) return before;
    const names = [this.emitter.name(value, "tf"), this.graph.int64s("shape", dims)];
    return { ...this.emitNamed("Reshape", names, { dims, layout: "tf", type: value.type }), shapedFrom: before };
  }

  /** The error for a use of a known operation that cannot be converted. */
  unsupported(what: string): SensoriumError {
    const { op, name } = this.node;
    return new SensoriumError("model-unsupported", `The TFJS operation ${op} (node ${name}) ${what}.`);
  }
}
