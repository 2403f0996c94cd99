import { describe, expect, it } from "vitest";
import { refusalOf } from "../../testing/refusal.ts";
import { relativeDifference, runOnnx } from "../../testing/session.ts";
import { GraphBuilder } from "../builder.ts";
import { readModel, writeModel } from "../codec.ts";
import { elementTypeOf } from "../tensor.ts";
import { exposeValues, quantise } from "./quantise.ts";
import { Histogram, type Range } from "./ranges.ts";

const SIDE = 8;
/** Of the largest value: some of the sums are of 64 products that nearly cancel. */
const TOLERANCE = 0.06;
/** More than a picture has: its own convolution stays in float. */
const CHANNELS = 6;

/** Numbers between −1 and 1 that look random and are the same everywhere. */
function noise(length: number, seed = 1): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 * seed) * Math.cos(i * 78.233 + seed));
}

/** Writes a network of a map [1, 6, 8, 8] whose first layers `body` adds and whose last one is a convolution. */
function network(body: (graph: GraphBuilder, picture: string) => string, opset = 17): Uint8Array {
  const graph = new GraphBuilder();
  const picture = graph.input("images", "float32", [1, CHANNELS, SIDE, SIDE]);
  const last = convolution(graph, body(graph, picture), { from: 8, to: 5, name: "head" });
  graph.output(last, "float32", [1, 5, "height", "width"]);
  return writeModel({ irVersion: 8, graph: graph.build("net"), opsetImport: [{ version: opset }], metadataProps: [] });
}

interface Layer {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** A 1×1 convolution; each channel's weights are half those of the one before, as scales per channel must bear. */
function convolution(graph: GraphBuilder, value: string, { from, to, name }: Layer): string {
  const values = noise(from * to, from).map((each, i) => each * 2 ** -Math.floor(i / from));
  const weights = graph.constant(`${name}.weight`, [to, from, 1, 1], values);
  return graph.node("Conv", [value, weights, graph.constant(`${name}.bias`, [to], noise(to, 3))], { name });
}

const stem = (graph: GraphBuilder, picture: string): string =>
  convolution(graph, picture, { from: CHANNELS, to: 8, name: "stem" });

const pictures = [1, 2, 3].map((seed) => ({
  data: noise(CHANNELS * SIDE * SIDE, seed),
  dims: [1, CHANNELS, SIDE, SIDE],
}));

async function calibrated(onnx: Uint8Array): Promise<Uint8Array> {
  const { onnx: exposed, values } = exposeValues(onnx);
  const histograms = new Map(values.map((name) => [name, new Histogram()]));
  for (const picture of pictures) {
    const seen = await runOnnx(withoutInputs(exposed), { images: picture });
    histograms.get("images")?.add(picture.data);
    for (const [name, { values }] of Object.entries(seen)) histograms.get(name)?.add(Float32Array.from(values));
  }
  const ranges = [...histograms].map(([name, histogram]): [string, Range] => [name, histogram.within(0)]);
  return quantise(onnx, new Map(ranges));
}

/** The model without outputs that are its inputs: the runtime wants a node between the two. */
function withoutInputs(onnx: Uint8Array): Uint8Array {
  const model = readModel(onnx);
  const { graph } = model;
  const output = graph.output.filter(({ name }) => name !== "images");
  return writeModel({ ...model, graph: { ...graph, output } });
}

/** The types of a model's constants, by name. */
function constantTypes(onnx: Uint8Array): Record<string, string> {
  const { initializer } = readModel(onnx).graph;
  return Object.fromEntries(initializer.map(({ name = "", dataType }) => [name, elementTypeOf(dataType)]));
}

const silu = (graph: GraphBuilder, value: string): string =>
  graph.node("Mul", [value, graph.node("Sigmoid", [value])], { name: "silu" });

describe("a quantised network", () => {
  it.each<[string, (graph: GraphBuilder, picture: string) => string, number?]>([
    ["a convolution", stem],
    ["a convolution of an old operator set, which knows no scale per channel", stem, 11],
    ["SiLU", (graph, picture) => silu(graph, stem(graph, picture))],
    ["ReLU", (graph, picture) => graph.node("Relu", [stem(graph, picture)])],
    ["a shortcut", (graph, picture) => graph.node("Add", [silu(graph, stem(graph, picture)), stem(graph, picture)])],
    [
      "pooling",
      (graph, picture) =>
        graph.node("MaxPool", [stem(graph, picture)], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } }),
    ],
    [
      "branches that are joined and rearranged",
      (graph, picture) => {
        const halves = ["left", "right"];
        graph.nodeInto("Split", [stem(graph, picture)], { outputs: halves, attributes: { axis: 1n } });
        const joined = graph.node("Concat", [silu(graph, "right"), "left"], { attributes: { axis: 1n } });
        return graph.node("Transpose", [joined], { attributes: { perm: [0, 1, 3, 2] } });
      },
      13,
    ],
    [
      "sizes that are computed beside the picture",
      (graph, picture) => {
        const value = stem(graph, picture);
        const shape = graph.node("Shape", [value]);
        const slice = (from: number, to: number) =>
          graph.node("Slice", [shape, graph.int64s("from", [from]), graph.int64s("to", [to])]);
        const sizes = graph.node("Concat", [slice(0, 2), slice(2, 4)], { attributes: { axis: 0n } });
        const doubled = graph.node("Mul", [sizes, graph.int64s("twice", [1, 1, 2, 2])]);
        return graph.node("Resize", [value, "", "", doubled], { attributes: { mode: "nearest" } });
      },
    ],
    [
      "a matrix product",
      (graph, picture) => {
        const rows = graph.node("Reshape", [stem(graph, picture), graph.int64s("rows", [SIDE, 8 * SIDE])]);
        const product = graph.node("MatMul", [rows, graph.constant("matrix", [8 * SIDE, 8 * SIDE], noise(4096))]);
        return graph.node("Reshape", [product, graph.int64s("map", [1, 8, SIDE, SIDE])]);
      },
    ],
    [
      "a dense layer",
      (graph, picture) => {
        const rows = graph.node("Reshape", [stem(graph, picture), graph.int64s("rows", [SIDE, 8 * SIDE])]);
        const matrix = graph.constant("matrix", [8 * SIDE, 8 * SIDE], noise(4096, 2));
        const bias = graph.constant("dense.bias", [8 * SIDE], noise(64));
        const dense = graph.node("Gemm", [rows, matrix, bias], { attributes: { transB: 1n } });
        return graph.node("Reshape", [dense, graph.int64s("map", [1, 8, SIDE, SIDE])]);
      },
    ],
  ])("with %s gives what the float one gives, but for rounding", async (_, body, opset) => {
    const onnx = network(body, opset);
    const bytes = await calibrated(onnx);
    const [expected] = Object.values(await runOnnx(onnx, { images: pictures[0] ?? { data: noise(1), dims: [] } }));
    const [found] = Object.values(await runOnnx(bytes, { images: pictures[0] ?? { data: noise(1), dims: [] } }));
    const range = Math.max(...(expected?.values.map(Math.abs) ?? []));
    expect(found?.dims).toEqual(expected?.dims);
    expect(relativeDifference(found?.values ?? [], expected?.values ?? [], range)).toBeLessThan(TOLERANCE);
    expect(found?.values).not.toEqual(expected?.values);
  });

  it("keeps the weights of its last layer in float, and no others", async () => {
    const bytes = await calibrated(network((graph, picture) => silu(graph, stem(graph, picture))));
    expect(constantTypes(bytes)).toMatchObject({
      "stem.weight_bytes": "int8",
      "stem.bias_integers": "int32",
      "head.weight": "float32",
      "head.bias": "float32",
    });
    expect(constantTypes(bytes)).not.toHaveProperty("stem.weight");
  });

  it("keeps a convolution of a picture's three channels in float", async () => {
    const bytes = await calibrated(
      network((graph, picture) => {
        const starts = graph.int64s("starts", [0]);
        const colours = graph.node("Slice", [picture, starts, graph.int64s("ends", [3]), graph.int64s("axes", [1])]);
        const first = convolution(graph, colours, { from: 3, to: 8, name: "first" });
        return convolution(graph, first, { from: 8, to: 8, name: "second" });
      }),
    );
    expect(constantTypes(bytes)).toMatchObject({ "first.weight": "float32", "second.weight_bytes": "int8" });
  });

  it("cannot be made of one with a single layer", async () => {
    const onnx = network((graph, picture) => graph.node("Slice", [picture]));
    expect(await refusalOf(() => exposeValues(onnx))).toMatch(/^model-unsupported: .*no two layers/);
  });
});
