import type { SensoriumError } from "@sensorium/protocol";
import { type AttributeValue, GraphBuilder } from "../onnx/builder.ts";
import { unsupported } from "../torch/errors.ts";
import type { Module } from "./module.ts";

/** A tensor of the network. */
export interface Value {
  /** Name of the ONNX value. */
  readonly name: string;
  /** Its sizes without the batch, which comes first: [channels, height, width] for a feature map. */
  readonly dims: readonly number[];
}

/** Emits the ONNX nodes of one kind of module. */
export type Layer = (call: Call) => Value;

/** More modules than any network has, and more bytes than a graph of them: a small file can name one part many times. */
const limits = { modules: 20_000, bytes: 2 ** 30 };

/** The graph that is being written, and how each class of module is written into it. */
export class Network {
  readonly graph = new GraphBuilder(["output0"]);
  readonly #layers: ReadonlyMap<string, Layer>;
  #modules = 0;
  #bytes = 0;

  /** `layers` are by the full name of the class. */
  constructor(layers: ReadonlyMap<string, Layer>) {
    this.#layers = layers;
  }

  /**
   * Emits a module over its inputs. Throws `model-unsupported` naming the module, or the part of it, that is not known.
   */
  forward(module: Module, ...inputs: readonly Value[]): Value {
    const layer = this.#layers.get(module.className);
    if (layer === undefined) throw unknown(module);
    this.#modules += 1;
    if (this.#modules > limits.modules) throw module.unsupported("is one of too many");
    const value = layer(new Call(this, module, inputs));
    const untouched = module.untouchedPart();
    if (untouched !== undefined) throw unknown(untouched);
    return value;
  }

  /** A float32 constant of a module. */
  constant(module: Module, dims: readonly number[], data: Float32Array): string {
    this.#bytes += data.byteLength;
    if (this.#bytes > limits.bytes) throw module.unsupported("makes the network larger than 1 GiB");
    return this.graph.constant(module.path, dims, data);
  }
}

function unknown({ className, path }: Module): SensoriumError {
  return unsupported(`The network uses the module ${className} at ${path}, which is not known.`);
}

/** What a node is, beside its operation and inputs. */
export interface Emission {
  /** Sizes of the result without the batch. */
  readonly dims: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Names of constants that follow the inputs. */
  readonly constants?: readonly string[];
}

/** The forward pass of one module: its inputs and the means to emit ONNX nodes for it. */
export class Call {
  readonly module: Module;
  readonly inputs: readonly Value[];
  readonly #network: Network;

  constructor(network: Network, module: Module, inputs: readonly Value[]) {
    this.#network = network;
    this.module = module;
    this.inputs = inputs;
  }

  get graph(): GraphBuilder {
    return this.#network.graph;
  }

  /** The only input. */
  get input(): Value {
    const [input, another] = this.inputs;
    if (input === undefined || another !== undefined) throw this.module.invalid(`takes ${this.inputs.length} inputs`);
    return input;
  }

  /** The forward pass of a part. */
  run(part: Module, ...inputs: readonly Value[]): Value {
    return this.#network.forward(part, ...inputs);
  }

  /** Emits one node. */
  emit(opType: string, inputs: readonly Value[], { dims, attributes = {}, constants = [] }: Emission): Value {
    const names = [...inputs.map(({ name }) => name), ...constants];
    return { name: this.graph.node(opType, names, { name: this.module.path, attributes }), dims };
  }

  /** A float32 constant. */
  floats(dims: readonly number[], values: Iterable<number>): string {
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.#network.constant(this.module, dims, data);
  }

  /** Joins values along an axis; 0 is the one after the batch. */
  concat(values: readonly Value[], axis = 0): Value {
    const [first, ...others] = values;
    if (first === undefined) throw this.module.invalid("has nothing to join");
    const fits = ({ dims }: Value) => dims.every((size, each) => each === axis || size === first.dims[each]);
    if (!others.every(fits)) throw this.module.invalid(`joins ${values.map(({ dims }) => `[${dims}]`).join(" and ")}`);
    const dims = first.dims.with(axis, sum(values.map(({ dims }) => dims[axis] ?? 0)));
    return this.emit("Concat", values, { dims, attributes: { axis: BigInt(axis + 1) } });
  }

  /** Cuts a value into parts of the given sizes along an axis; 0 is the one after the batch. */
  split(value: Value, sizes: readonly number[], axis = 0): Value[] {
    if (sum(sizes) !== value.dims[axis])
      throw this.module.invalid(`splits [${value.dims}] into ${sizes.join(" and ")}`);
    const outputs = sizes.map(() => this.graph.unique(this.module.path));
    const lengths = this.graph.int64s(`${this.module.path}.sizes`, sizes);
    this.graph.nodeInto("Split", [value.name, lengths], { outputs, attributes: { axis: BigInt(axis + 1) } });
    return outputs.map((name, i) => ({ name, dims: value.dims.with(axis, sizes[i] ?? 0) }));
  }

  /** The value with another shape; the batch stays. */
  reshape(value: Value, dims: readonly number[]): Value {
    const size = (sizes: readonly number[]) => sizes.reduce((product, each) => product * each, 1);
    if (size(dims) !== size(value.dims)) throw this.module.invalid(`cannot shape [${value.dims}] as [${dims}]`);
    const constants = [this.graph.int64s(`${this.module.path}.shape`, [0, ...dims])];
    return this.emit("Reshape", [value], { dims, constants });
  }

  /** The value with its axes in another order; 0 is the one after the batch, which stays. */
  transpose(value: Value, order: readonly number[]): Value {
    const dims = order.map((axis) => value.dims[axis] ?? 1);
    return this.emit("Transpose", [value], { dims, attributes: { perm: [0, ...order.map((axis) => axis + 1)] } });
  }

  /** The sum of two values of one shape. */
  add(a: Value, b: Value): Value {
    if (a.dims.join() !== b.dims.join()) throw this.module.invalid(`adds [${a.dims}] to [${b.dims}]`);
    return this.emit("Add", [a, b], { dims: a.dims });
  }

  /** The value times a constant that is broadcast to it. */
  scale(value: Value, factor: string): Value {
    return this.emit("Mul", [value], { dims: value.dims, constants: [factor] });
  }

  /** The value plus a constant that is broadcast to it. */
  shift(value: Value, offset: string): Value {
    return this.emit("Add", [value], { dims: value.dims, constants: [offset] });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
