/** Models of a few nodes whose answers anybody can tell from the picture: one of DensePose's kind, and a detector. */
import { writeModel } from "@sensorium/model-import";
import { SURFACE_PARTS } from "@sensorium/perception";
import { GraphBuilder } from "../../../model-import/src/onnx/builder.ts";
import type { GraphProto } from "../../../model-import/src/onnx/proto.ts";

/** What the heads are made of, at the input's own resolution; the input is 32×32. */
const SIDE = 32;
/** What the family takes off blue, green and red. */
const MEAN = [103.53, 116.28, 123.675];

/** Half of the input is padding, whose brightness is 114. */
const DARK = 65;

export interface DensePoseOnnx {
  /** What coarse segmentation, fine segmentation, U and V are called. */
  readonly names?: readonly [string, string, string, string];
  /** Which of them stand in the file, and in which order; all, in this one, when absent. */
  readonly order?: readonly number[];
  /** Finds as many bodies as there are boxes, in pixels of the input, or none in a dark picture. */
  readonly boxes?: readonly (readonly [number, number, number, number])[];
}

/**
 * Of each pixel: somebody is where it is bright; the part is 1 where it is red most, 2 where green and 3 where blue; U is
 * the share of red and V that of green.
 */
export function denseposeOnnx({ boxes, ...file }: DensePoseOnnx = {}): Uint8Array {
  const { names = ["coarse_segm", "fine_segm", "u", "v"], order = [0, 1, 2, 3] } = file;
  const graph = new GraphBuilder(names);
  const image = graph.input("image", "float32", [1, 3, SIDE, SIDE]);
  const picture = graph.node("Add", [image, graph.constant("mean", [1, 3, 1, 1], Float32Array.from(MEAN))]);
  const heads = [
    linear(graph, picture, { outputs: 2, rows: [[], [1 / 3, 1 / 3, 1 / 3]], bias: [100, 0] }),
    linear(graph, picture, { outputs: SURFACE_PARTS, rows: [[], [0, 0, 1], [0, 1, 0], [1, 0, 0]], bias: [] }),
    linear(graph, picture, { outputs: SURFACE_PARTS, rows: everyPart([0, 0, 1 / 255]), bias: [] }),
    linear(graph, picture, { outputs: SURFACE_PARTS, rows: everyPart([0, 1 / 255, 0]), bias: [] }),
  ];
  const found = boxes && whichFound(graph, picture, boxes.length);
  for (const index of order) {
    const [head = "", name = ""] = [heads[index], names[index]];
    graph.nodeInto("Identity", [found ? repeated(graph, head, found) : head], { outputs: [name] });
    graph.output(name, "float32", [found ? "bodies" : 1, index === 0 ? 2 : SURFACE_PARTS, SIDE, SIDE]);
  }
  if (found) {
    const all = graph.constant("all_boxes", [boxes.length, 4], Float32Array.from(boxes.flat()));
    graph.nodeInto("Compress", [all, found.which], { outputs: ["pred_boxes"], attributes: { axis: 0n } });
    graph.output("pred_boxes", "float32", ["bodies", 4]);
  }
  return written(graph.build("densepose"));
}

const everyPart = (row: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: SURFACE_PARTS }, () => row);

interface Linear {
  readonly outputs: number;
  /** Weights of blue, green and red for each output; what is left out has none. */
  readonly rows: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

function linear(graph: GraphBuilder, picture: string, { outputs, rows, bias }: Linear): string {
  const weights = Float32Array.from({ length: 3 * outputs }, (_, i) => rows[Math.floor(i / 3)]?.[i % 3] ?? 0);
  return graph.node("Conv", [
    picture,
    graph.constant("weights", [outputs, 3, 1, 1], weights),
    graph.constant(
      "bias",
      [outputs],
      Float32Array.from({ length: outputs }, (_, i) => bias[i] ?? 0),
    ),
  ]);
}

interface Found {
  /** Of each body that could be found, whether it is. */
  readonly which: string;
  readonly count: number;
}

function whichFound(graph: GraphBuilder, picture: string, count: number): Found {
  const mean = graph.node("ReduceMean", [picture], { attributes: { keepdims: 0n } });
  const isLit = graph.node("Greater", [mean, graph.constant("dark", [], Float32Array.of(DARK))]);
  return { which: graph.node("Expand", [isLit, graph.int64s("count", [count])]), count };
}

function repeated(graph: GraphBuilder, head: string, { which, count }: Found): string {
  const all = graph.node("Tile", [head, graph.int64s("repeats", [count, 1, 1, 1])]);
  return graph.node("Compress", [all, which], { attributes: { axis: 0n } });
}

/** Of YOLOX's kind, for pictures of 32×32: finds one person of 16×16 in the middle of whatever it is shown. */
export function alwaysSomebodyOnnx(): Uint8Array {
  const [cells, values] = [16 + 4 + 1, 6];
  const rows = new Float32Array(cells * values);
  // The last cell is 32 pixels wide and high.
  rows.set([0.5, 0.5, Math.log(0.5), Math.log(0.5), 1, 0.9], (cells - 1) * values);
  const graph = new GraphBuilder();
  const image = graph.input("images", "float32", [1, 3, SIDE, SIDE]);
  const mean = graph.node("ReduceMean", [image], { attributes: { keepdims: 0n } });
  const nothing = graph.node("Mul", [mean, graph.constant("nought", [], Float32Array.of(0))]);
  graph.nodeInto("Add", [graph.constant("rows", [1, cells, values], rows), nothing], { outputs: ["output"] });
  graph.output("output", "float32", [1, cells, values]);
  return written(graph.build("somebody"), { names: "{0: 'person'}" });
}

function written(graph: GraphProto, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return writeModel({ irVersion: 8, graph, opsetImport: [{ domain: "", version: 13 }], metadataProps });
}
