/** Models of a few nodes that look like a detector of the YOLOX kind: 32×32 pixels, one class. */
import { writeModel } from "@sensorium/model-import";
import { GraphBuilder } from "../../../model-import/src/onnx/builder.ts";
import type { AttributeProto, GraphProto, NodeProto } from "../../../model-import/src/onnx/proto.ts";

/** What the model does with the mean of its picture before it gives that as every value. */
export type Deed = "answers" | "gives NaN" | "gives infinity" | "hangs";

const CELLS = 16 + 4 + 1;

export function tinyOnnx(deed: Deed = "answers"): Uint8Array {
  const graph = new GraphBuilder();
  const picture = graph.input("images", "float32", [1, 3, 32, 32]);
  const mean = graph.node("ReduceMean", [picture], { attributes: { keepdims: 0n } });
  const made = deed === "hangs" ? "looped" : spoilt(graph, mean, deed);
  const shape = graph.int64s("shape", [1, CELLS, 6]);
  graph.nodeInto("Expand", [made, shape], { outputs: ["output"] });
  graph.output("output", "float32", [1, CELLS, 6]);
  const built = graph.build("tiny");
  if (deed === "hangs") built.node.splice(1, 0, ...endless(mean, built));
  const opset = { domain: "", version: 13 };
  return writeModel({ irVersion: 8, graph: built, opsetImport: [opset], metadataProps: [] });
}

function spoilt(graph: GraphBuilder, mean: string, deed: Deed): string {
  if (deed === "answers") return mean;
  const minus = graph.node("Sub", [mean, mean]);
  // 0 / 0 and 1 / 0, which no optimiser sees coming: the mean is a matter of the picture.
  const one = graph.constant("one", [], Float32Array.of(1));
  return graph.node("Div", [deed === "gives NaN" ? minus : one, minus]);
}

/** A loop whose condition stays true and whose count has no end that anybody would see. */
function endless(mean: string, built: GraphProto): NodeProto[] {
  const body = new GraphBuilder();
  body.input("turn", "int64", []);
  const going = body.input("going", "bool", []);
  const value = body.input("value", "float32", []);
  body.nodeInto("Identity", [going], { outputs: ["still_going"] });
  body.nodeInto("Sin", [value], { outputs: ["next_value"] });
  body.output("still_going", "bool", []);
  body.output("next_value", "float32", []);
  const constants = new GraphBuilder();
  constants.constant("turns", [], BigInt64Array.of(2n ** 62n));
  built.initializer.push(...constants.build("").initializer);
  const lists = { floats: [], ints: [], strings: [], tensors: [], graphs: [] };
  const attribute: AttributeProto[] = [{ ...lists, name: "body", type: 5, g: body.build("body") }];
  return [{ input: ["turns", "", mean], output: ["looped"], opType: "Loop", name: "loop", attribute }];
}

/** The beginning of a frozen TensorFlow graph: one node, a placeholder. */
export function tensorFlowGraph(): Uint8Array {
  const field = (number: number, content: Uint8Array | string): Uint8Array => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return Uint8Array.of((number << 3) | 2, bytes.length, ...bytes);
  };
  const node = Uint8Array.of(...field(1, "input"), ...field(2, "Placeholder"));
  return field(1, node);
}
