import { invalid } from "../onnx/wire.ts";

/** A tensor's source: a node and which of its outputs. */
export interface TensorRef {
  readonly node: string;
  readonly output: number;
}

/** One operation of a TensorFlow graph. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly TensorRef[];
  readonly attributes: Attributes;
}

/** A TensorFlow graph as a TFJS model file describes it. */
export interface TfGraph {
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** Output names with the tensors they stand for. */
  readonly outputs: ReadonlyMap<string, TensorRef>;
}

type Json = Readonly<Record<string, unknown>>;

/** A node's attributes, in protobuf's JSON form: numbers may be strings, text is base64. */
export class Attributes {
  readonly #json: Json;

  constructor(json: Json) {
    this.#json = json;
  }

  /** These attributes, some of them replaced. */
  with(changed: Json): Attributes {
    return new Attributes({ ...this.#json, ...changed });
  }

  number(name: string, fallback: number): number {
    const attribute = this.#get(name);
    const value = attribute.i ?? attribute.f;
    return value === undefined ? fallback : Number(value);
  }

  numbers(name: string): number[] {
    return asList(asObject(this.#get(name).list).i).map(Number);
  }

  flag(name: string): boolean {
    return this.#get(name).b === true;
  }

  text(name: string, fallback: string): string {
    const { s } = this.#get(name);
    return typeof s === "string" ? atob(s) : fallback;
  }

  texts(name: string): string[] {
    return asList(asObject(this.#get(name).list).s).map((each) => atob(String(each)));
  }

  /** An element type by its TensorFlow name, such as `DT_FLOAT`. */
  type(name: string): string {
    return String(this.#get(name).type ?? "unknown");
  }

  /** A shape, −1 for an unknown size. */
  shape(name: string): number[] {
    return asList(asObject(this.#get(name).shape).dim).map((dim) => Number(asObject(dim).size ?? 0));
  }

  #get(name: string): Json {
    return asObject(this.#json[name]);
  }
}

/** Reads the graph out of the parsed `model.json` of a TFJS graph model; throws `model-invalid` when it is none. */
export function readTopology(json: unknown): TfGraph {
  const file = asObject(json);
  const listed = asObject(file.modelTopology).node;
  if (!Array.isArray(listed))
    throw invalid("The file is not a TFJS graph model: it has no graph (modelTopology.node).");
  const nodes = new Map(listed.map(readNode).map((node) => [node.name, node]));
  const metadata = asObject(file.userDefinedMetadata);
  const signature = asObject(file.signature ?? metadata.signature);
  const declared = Object.entries(asObject(signature.outputs));
  const outputs = declared.map(([name, tensor]) => [name, readRef(String(asObject(tensor).name ?? name))] as const);
  return { nodes, outputs: new Map(outputs.length > 0 ? outputs : loose(nodes)) };
}

/** The nodes that some nodes need, themselves included, each after all it needs; throws `model-invalid` on a cycle. */
export function ancestors({ nodes }: TfGraph, of: readonly string[]): TfNode[] {
  const order: TfNode[] = [];
  const state = new Map<string, "open" | "done">();
  const stack = [...of];
  for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
    const node = nodes.get(name);
    if (node === undefined) throw invalid(`The TFJS graph refers to ${name}, which it does not hold.`);
    if (state.get(name) === undefined) {
      state.set(name, "open");
      const needed = node.inputs.map((ref) => ref.node);
      if (needed.some((each) => state.get(each) === "open"))
        throw invalid(`The TFJS graph runs in a circle at ${name}.`);
      stack.push(...needed.filter((each) => state.get(each) !== "done"));
    } else {
      stack.pop();
      if (state.get(name) === "open") order.push(node);
      state.set(name, "done");
    }
  }
  return order;
}

/** Without a signature, what no node consumes is an output. */
function loose(nodes: ReadonlyMap<string, TfNode>): (readonly [string, TensorRef])[] {
  const consumed = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  return [...nodes.keys()].filter((name) => !consumed.has(name)).map((name) => [name, { node: name, output: 0 }]);
}

function readNode(json: unknown): TfNode {
  const { name, op, input, attr } = asObject(json);
  if (typeof name !== "string" || typeof op !== "string")
    throw invalid("The TFJS graph has a node without name or op.");
  const data = asList(input)
    .map(String)
    .filter((each) => !each.startsWith("^"));
  return { name, op, inputs: data.map(readRef), attributes: new Attributes(asObject(attr)) };
}

/** `name` or `name:output`. */
function readRef(text: string): TensorRef {
  const [, node = text, output = "0"] = /^(.*):(\d+)$/.exec(text) ?? [];
  return { node, output: Number(output) };
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
