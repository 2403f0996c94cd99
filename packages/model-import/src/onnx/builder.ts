import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from "./proto.ts";
import { type Dimension, type ElementType, type TensorData, tensor, valueInfo } from "./tensor.ts";

/** Attribute values as they are written in code: integers as bigint or integer lists, floats as number. */
export type AttributeValue = bigint | number | string | readonly number[];

/** What a node may be given beside its operation and inputs. */
export interface NodeOptions {
  /** Attributes; a `number` is written as a float, a `bigint` as an integer, a list as integers. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Wish for the first output's name; a number is appended when it is taken. */
  readonly name?: string;
  /** The operator set that the operation is of; ONNX's own when absent. */
  readonly domain?: string;
}

const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Collects nodes, constants, inputs and outputs of a graph and gives each value a unique name. */
export class GraphBuilder {
  readonly #taken: Set<string>;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  /** `taken` are names that must not be used, as those of a graph this one will be joined to. */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** Reserves a name: `wish`, or `wish_2`, `wish_3`, … when it is taken. */
  unique(wish: string): string {
    let name = wish;
    for (let n = 2; this.#taken.has(name); n++) name = `${wish}_${n}`;
    this.#taken.add(name);
    return name;
  }

  input(wish: string, type: Exclude<ElementType, "other">, shape: readonly Dimension[]): string {
    const name = this.unique(wish);
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Declares a value that a node already makes to be an output of the graph. */
  output(name: string, type: Exclude<ElementType, "other">, shape: readonly Dimension[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** A constant; the array is not copied and must not change before the graph is written. */
  constant(wish: string, dims: readonly number[], data: TensorData): string {
    const name = this.unique(wish);
    this.#initializers.set(name, tensor(name, dims, data));
    return name;
  }

  /** A one-dimensional int64 constant, as shapes and axes are. */
  int64s(wish: string, values: readonly number[]): string {
    return this.constant(wish, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a node and returns the name of its one output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const output = this.unique(options.name ?? opType);
    this.nodeInto(opType, inputs, { ...options, outputs: [output] });
    return output;
  }

  /** Adds a node whose outputs' names are given: reserved with `unique`, or known in a graph to be joined to. */
  nodeInto(
    opType: string,
    inputs: readonly string[],
    { outputs, attributes = {}, domain }: Omit<NodeOptions, "name"> & { readonly outputs: readonly string[] },
  ): void {
    this.#nodes.push({
      input: [...inputs],
      output: [...outputs],
      name: outputs[0] ?? "",
      opType,
      ...(domain !== undefined && { domain }),
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
  }

  /** Adds a node of a graph that this one replaces, with names as they are. */
  add(node: NodeProto): void {
    this.#nodes.push(node);
  }

  /** The graph so far. */
  build(name: string): GraphProto {
    return {
      name,
      node: this.#nodes,
      initializer: [...this.#initializers.values()],
      input: this.#inputs,
      output: this.#outputs,
      valueInfo: [],
    };
  }
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  const base: AttributeProto = { name, floats: [], ints: [], strings: [], tensors: [], graphs: [] };
  if (typeof value === "number") return { ...base, type: attributeType.float, f: value };
  if (typeof value === "bigint") return { ...base, type: attributeType.int, i: value };
  if (typeof value === "string") return { ...base, type: attributeType.string, s: new TextEncoder().encode(value) };
  return { ...base, type: attributeType.ints, ints: value.map(BigInt) };
}
