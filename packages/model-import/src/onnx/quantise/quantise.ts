import { SensoriumError } from "@sensorium/protocol";
import { GraphBuilder } from "../builder.ts";
import { readModel, writeModel } from "../codec.ts";
import { opsetOf } from "../describe.ts";
import { namesIn } from "../names.ts";
import type { GraphProto, NodeProto, TensorProto } from "../proto.ts";
import { elementCode } from "../tensor.ts";
import { activationsOf, constantsOf, isMoving, type Plan, planOf, type Weight, weightOf } from "./plan.ts";
import type { Range } from "./ranges.ts";
import { biasAsIntegers, weightsAsBytes } from "./weights.ts";

/** The first standard operator set whose quantisation has a scale for each channel; before it, ONNX Runtime's is used. */
const PER_CHANNEL = 13;
const RUNTIME = "com.microsoft";

/** A model that gives away what goes on in it. */
export interface ExposedModel {
  /** The model with `values` among its outputs, also those that are its inputs: it runs after `fusePreprocess`. */
  readonly onnx: Uint8Array;
  /** What `quantise` needs the ranges of. */
  readonly values: readonly string[];
}

/**
 * Makes a model whose runs on typical pictures tell the ranges of its values.
 * @throws SensoriumError "model-unsupported" when no part of the model can be computed on bytes.
 */
export function exposeValues(onnx: Uint8Array): ExposedModel {
  const model = readModel(onnx);
  const { values } = plannedOf(model.graph);
  const known = new Set(model.graph.output.map(({ name }) => name));
  const added = [...values].filter((name) => !known.has(name));
  // Their shapes are for the runtime to find.
  const infos = added.map((name) => ({ name, type: { tensorType: { elemType: elementCode("float32") } } }));
  const output = [...model.graph.output, ...infos];
  return { onnx: writeModel({ ...model, graph: { ...model.graph, output } }), values: [...values] };
}

/**
 * Quantises a model statically: the body of its network is computed on bytes, int8 weights with a scale for each channel
 * and uint8 activations with one for each value. Convolutions and matrix products keep their place, between pairs of
 * QuantizeLinear and DequantizeLinear that ONNX Runtime replaces by arithmetic on integers. Inputs, outputs and
 * metadata stay as they are.
 * @param ranges what the values of `exposeValues` lie within
 * @throws SensoriumError "model-unsupported" when no part of the model can be computed on bytes.
 */
export function quantise(onnx: Uint8Array, ranges: ReadonlyMap<string, Range>): Uint8Array {
  const model = readModel(onnx);
  const domain = opsetOf(model) < PER_CHANNEL ? RUNTIME : undefined;
  const graph = new Quantiser(model.graph, { ranges, domain }).rewrite();
  const opsetImport = model.opsetImport.filter((set) => set.domain !== RUNTIME || domain === undefined);
  if (domain !== undefined) opsetImport.push({ domain, version: 1 });
  return writeModel({ ...model, opsetImport, graph });
}

function plannedOf(graph: GraphProto): Plan {
  const plan = planOf(graph);
  const constants = constantsOf(graph);
  if ([...plan.nodes].some((node) => weightOf(node, constants))) return plan;
  const why = "No part of the model can be computed on bytes: it has no two layers with constant float32 weights.";
  throw new SensoriumError("model-unsupported", why);
}

/** How a value is written in bytes: (byte − zero) · scale. The names are those of the constants. */
interface Steps {
  readonly scale: number;
  readonly names: readonly [scale: string, zero: string];
}

/** Rewrites one graph. */
class Quantiser {
  readonly #graph: GraphProto;
  readonly #plan: Plan;
  readonly #ranges: ReadonlyMap<string, Range>;
  readonly #domain: string | undefined;
  readonly #builder: GraphBuilder;
  readonly #constants: ReadonlyMap<string, TensorProto>;
  readonly #makers: ReadonlyMap<string, NodeProto>;
  readonly #steps = new Map<string, Steps>();
  /** What stands for a value after it has been bytes. */
  readonly #rounded = new Map<string, string>();

  constructor(
    graph: GraphProto,
    { ranges, domain }: { readonly ranges: ReadonlyMap<string, Range>; readonly domain: string | undefined },
  ) {
    this.#graph = graph;
    this.#plan = plannedOf(graph);
    this.#ranges = ranges;
    this.#domain = domain;
    this.#builder = new GraphBuilder(namesIn(graph));
    this.#constants = constantsOf(graph);
    this.#makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node])));
  }

  rewrite(): GraphProto {
    const rounded = new Set([...this.#plan.values].filter((name) => !this.#isFusedAway(name)));
    for (const { name = "" } of this.#graph.input) if (rounded.has(name)) this.#round(name);
    for (const node of this.#graph.node) {
      const input = node.input.map((name) => this.#rounded.get(name) ?? name);
      const weight = this.#plan.nodes.has(node) ? weightOf(node, this.#constants) : undefined;
      if (weight) input.splice(1, 2, ...this.#weights(node, weight));
      this.#builder.add({ ...node, input });
      for (const name of node.output) if (rounded.has(name)) this.#round(name);
    }
    const { node, initializer } = this.#builder.build("quantised");
    const rewritten = { ...this.#graph, node, valueInfo: [] };
    const used = namesIn({ ...rewritten, initializer: [] });
    const constants = [...this.#graph.initializer, ...initializer];
    return { ...rewritten, initializer: constants.filter(({ name = "" }) => used.has(name)) };
  }

  /** Whether a value is clipped at once, which the runtime does while it makes the bytes. */
  #isFusedAway(name: string): boolean {
    const maker = this.#makers.get(name);
    const [user, ...others] = this.#graph.node.filter(({ input }) => input.includes(name));
    const clips = user?.opType === "Relu" || user?.opType === "Clip";
    return maker?.opType === "Conv" && clips && others.length === 0 && this.#plan.nodes.has(user);
  }

  /** Makes bytes of a value, and of them what stands for it from then on. */
  #round(name: string): void {
    const { names } = this.#stepsOf(name);
    const bytes = this.#node("QuantizeLinear", [name, ...names], `${name}_bytes`);
    this.#rounded.set(name, this.#node("DequantizeLinear", [bytes, ...names], `${name}_rounded`));
  }

  #stepsOf(name: string): Steps {
    const maker = this.#makers.get(name);
    if (maker && this.#plan.nodes.has(maker) && isMoving(maker)) return this.#stepsOf(activationsOf(maker)[0] ?? "");
    const known = this.#steps.get(name);
    if (known) return known;
    const range = this.#ranges.get(name);
    if (!range) throw new SensoriumError("internal", `the range of the value ${name} is missing`);
    const [least, most] = [Math.min(0, range.least), Math.max(0, range.most)];
    const scale = Math.fround((most - least) / 255) || 1;
    const constants = [
      this.#builder.constant(`${name}_scale`, [], Float32Array.of(scale)),
      this.#builder.constant(`${name}_zero`, [], Uint8Array.of(Math.round(-least / scale))),
    ] as const;
    const steps = { scale, names: constants };
    this.#steps.set(name, steps);
    return steps;
  }

  /** Names of the weights and, where there is one, the bias of a product. */
  #weights({ input }: NodeProto, weight: Weight): string[] {
    const [value = "", name = "", bias = ""] = input;
    const { values, scales } = weightsAsBytes(weight);
    const perChannel = { axis: BigInt(weight.axis) };
    const bytes = this.#builder.constant(`${name}_bytes`, weight.tensor.dims, values);
    const scale = this.#builder.constant(`${name}_scale`, [scales.length], scales);
    const weights = this.#node("DequantizeLinear", [bytes, scale], `${name}_rounded`, perChannel);
    const constant = this.#constants.get(bias);
    if (!constant) return bias === "" ? [weights] : [weights, bias];
    const sums = scales.map((each) => each * this.#stepsOf(value).scale);
    const integers = this.#builder.constant(`${bias}_integers`, constant.dims, biasAsIntegers(constant, sums));
    const sumScale = this.#builder.constant(`${bias}_scale`, [sums.length], sums);
    return [weights, this.#node("DequantizeLinear", [integers, sumScale], `${bias}_rounded`, { axis: 0n })];
  }

  #node(opType: string, inputs: readonly string[], name: string, attributes: Readonly<Record<string, bigint>> = {}) {
    return this.#builder.node(opType, inputs, { name, attributes, ...(this.#domain && { domain: this.#domain }) });
  }
}
