import { expect, it } from "vitest";
import { GraphBuilder } from "./builder.ts";
import { writeModel } from "./codec.ts";
import { describeModel } from "./describe.ts";
import { tensor, valueInfo } from "./tensor.ts";

it("a model is described by its inputs, outputs, versions and metadata", () => {
  const builder = new GraphBuilder();
  const picture = builder.input("images", "float16", ["batch", 3, 640, ""]);
  builder.output(builder.node("Identity", [picture], { name: "boxes" }), "float32", [1, 84, "anchors"]);
  const graph = builder.build("detector");
  graph.input.push(valueInfo("weight", "float32", [1]));
  graph.initializer.push(tensor("weight", [1], Float32Array.of(1)));
  graph.output.push({ name: "odd" });
  const bytes = writeModel({
    irVersion: 9,
    producerName: "pytorch",
    producerVersion: "2.5.0",
    graph,
    opsetImport: [{ domain: "com.microsoft", version: 1 }, { version: 17 }],
    metadataProps: [{ key: "stride", value: "32" }],
  });
  expect(describeModel(bytes)).toEqual({
    irVersion: 9,
    opset: 17,
    producer: { name: "pytorch", version: "2.5.0" },
    inputs: [{ name: "images", type: "float16", shape: ["batch", 3, 640, "?"] }],
    outputs: [
      { name: "boxes", type: "float32", shape: [1, 84, "anchors"] },
      { name: "odd", type: "undefined", shape: null },
    ],
    metadata: { stride: "32" },
  });
});
