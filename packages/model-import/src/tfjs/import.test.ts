import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readModel } from "../onnx/codec.ts";
import { describeModel } from "../onnx/describe.ts";
import { runOnnx } from "../testing/session.ts";
import { float, floats, ints, type TinyModel, tinyFiles } from "../testing/tiny-model.ts";
import { importTfjs } from "./import.ts";

const convolution: TinyModel = {
  inputs: { x: floats(1, 4, 4, 3) },
  constants: { filter: floats(1, 1, 3, 2) },
  nodes: [["y", "Conv2D", ["x", "filter"], { padding: "SAME", strides: [1, 1, 1, 1] }]],
};

const operationsOf = (model: TinyModel) =>
  readModel(importTfjs(tinyFiles(model))).graph.node.map(({ opType }) => opType);

describe("a converted graph", () => {
  it("holds no transposes between operations on pictures, and one where an output leaves", () => {
    const nodes = [
      ...convolution.nodes,
      ["relu", "Relu", ["y"]],
      ["both", "ConcatV2", ["relu", "y", "axis"]],
      ["pooled", "MaxPool", ["both"], { padding: "SAME", ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1] }],
    ] as const;
    const constants = { filter: floats(1, 1, 3, 8), axis: { dims: [], data: Int32Array.of(3) } };
    expect(operationsOf({ ...convolution, constants, nodes })).toEqual([
      "Conv",
      "Relu",
      "Concat",
      "MaxPool",
      "Transpose",
      "Identity",
    ]);
  });

  it("writes a hard swish as the gate the runtime fuses", () => {
    const nodes = [
      ["scaled", "Mul", ["c", "x"]],
      ["shifted", "Add", ["x", "three"]],
      ["clip", "Relu6", ["shifted"]],
      ["swish", "Mul", ["scaled", "clip"]],
      ["y", "Conv2D", ["swish", "filter"], { padding: "SAME", strides: [1, 1, 1, 1] }],
    ] as const;
    const constants = { ...convolution.constants, c: float(0.1666), three: float(3) };
    expect(operationsOf({ ...convolution, constants, nodes })).toEqual([
      "HardSigmoid",
      "Mul",
      "Conv",
      "Transpose",
      "Identity",
    ]);
  });

  it("writes a clip to 0 and 6 as one operation, and a padding into the convolution after it", () => {
    const nodes = [
      ["relu", "Relu", ["x"]],
      ["under", "Minimum", ["relu", "six"]],
      ["clip", "Maximum", ["under", "zero"]],
      ["padded", "Pad", ["clip", "paddings"]],
      ["y", "Conv2D", ["padded", "filter"], { padding: "VALID", strides: [1, 2, 2, 1] }],
    ] as const;
    const paddings = { dims: [4, 2], data: Int32Array.of(0, 0, 0, 1, 1, 0, 0, 0) };
    const constants = { ...convolution.constants, six: float(6), zero: float(0), paddings };
    expect(operationsOf({ ...convolution, constants, nodes })).toEqual(["Clip", "Conv", "Transpose", "Identity"]);
  });

  it("copies what is pooled, and pads channels, in the runtime's own layout", () => {
    const nodes = [
      ["pooled", "MaxPool", ["x"], { padding: "SAME", ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1] }],
      ["y", "Pad", ["pooled", "paddings"]],
    ] as const;
    const constants = { paddings: { dims: [4, 2], data: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 5) } };
    expect(operationsOf({ ...convolution, constants, nodes })).toEqual([
      "MaxPool",
      "Conv",
      "Conv",
      "Transpose",
      "Identity",
    ]);
  });

  it("keeps nothing of a picture that is shaped and shaped back", () => {
    const nodes = [
      ["unstacked", "Unpack", ["x"], { axis: 0, num: 1 }],
      ["again", "ExpandDims", ["unstacked", "zero"]],
      ["y", "Conv2D", ["again", "filter"], { padding: "SAME", strides: [1, 1, 1, 1] }],
    ] as const;
    const constants = { ...convolution.constants, zero: { dims: [], data: Int32Array.of(0) } };
    expect(operationsOf({ ...convolution, constants, nodes })).toEqual(["Conv", "Transpose", "Identity"]);
  });

  it("takes an unknown batch as one picture", () => {
    const { inputs } = describeModel(
      importTfjs(tinyFiles({ ...convolution, inputs: { x: { ...floats(3), dims: [-1, 4, 4, 3] } } })),
    );
    expect(inputs).toEqual([{ name: "x", type: "float32", shape: [1, 3, 4, 4] }]);
  });

  it("has every loose end as an output when the model has no signature", () => {
    const files = tinyFiles({ ...convolution, nodes: [...convolution.nodes, ["z", "Relu", ["x"]]] });
    const { signature: _, ...topology } = files.topology;
    const { outputs } = describeModel(importTfjs({ ...files, topology }));
    expect(outputs.map(({ name }) => name)).toEqual(["y", "z"]);
  });
});

describe("a model that cannot be converted is refused", () => {
  const refusal = (model: TinyModel) => () => importTfjs(tinyFiles(model));

  it("naming every unknown operation and its nodes", () => {
    const nodes = [
      ["a", "Erf", ["x"]],
      ["b", "Erf", ["a"]],
      ["c", "Lgamma", ["b"]],
    ] as const;
    expect(refusal({ inputs: { x: floats(3) }, nodes })).toThrow(
      expect.objectContaining({
        code: "model-unsupported",
        message: "These TFJS operations cannot be converted: Erf (a, b); Lgamma (c).",
      }),
    );
  });

  it("unless what it does not know is not asked for", () => {
    const files = tinyFiles({
      ...convolution,
      nodes: [...convolution.nodes, ["odd", "Erf", ["x"]]],
      outputs: ["y", "odd"],
    });
    expect(() => importTfjs(files)).toThrow("Erf (odd)");
    expect(describeModel(importTfjs({ ...files, outputs: ["y"] })).outputs).toHaveLength(1);
  });

  it.each<[string, TinyModel, string]>([
    [
      "a computed filter",
      {
        ...convolution,
        nodes: [
          ["f", "Relu", ["filter"]],
          ["y", "Conv2D", ["x", "f"], { padding: "SAME" }],
        ],
      },
      "Conv2D (node y) computes its input 2, which has to be constant",
    ],
    [
      "channels first",
      { ...convolution, nodes: [["y", "Conv2D", ["x", "filter"], { padding: "SAME", data_format: "NCHW" }]] },
      "Conv2D (node y) has its channels first",
    ],
    [
      "an unknown fused activation",
      { ...convolution, nodes: [["y", "_FusedConv2D", ["x", "filter"], { padding: "SAME", fused_ops: ["Gelu"] }]] },
      "_FusedConv2D (node y) applies Gelu",
    ],
    [
      "an unknown size",
      { inputs: { x: { ...floats(3), dims: [1, -1, 4, 3] } }, nodes: [["y", "Relu", ["x"]]] },
      "[1,-1,4,3]",
    ],
    ["a missing node", { nodes: [["y", "Relu", ["nowhere"]]] }, "refers to nowhere"],
    ["a missing input", { nodes: [["y", "Relu", []]] }, "node y lacks its input 1"],
    [
      "a circle",
      {
        nodes: [
          ["a", "Relu", ["b"]],
          ["b", "Relu", ["a"]],
        ],
        outputs: ["a"],
      },
      "runs in a circle",
    ],
    [
      "shapes that do not match",
      { inputs: { a: floats(3), b: floats(4) }, nodes: [["y", "Add", ["a", "b"]]] },
      "combines [3] with [4]",
    ],
    [
      "an impossible reshape",
      { inputs: { a: floats(3) }, constants: { s: ints(2, 2) }, nodes: [["y", "Reshape", ["a", "s"]]] },
      "cannot shape [3] as [2,2]",
    ],
  ])("with %s", (_name, model, message) => {
    expect(refusal(model)).toThrow(message);
  });

  it("when its files do not belong together", () => {
    const files = tinyFiles(convolution);
    expect(() => importTfjs({ ...files, weights: files.weights.subarray(4) })).toThrow(
      "The weight files end before filter",
    );
    expect(() => importTfjs({ ...files, weights: [files.weights, files.weights] })).toThrow(
      "hold 48 bytes; the model lists 24",
    );
    expect(() => importTfjs({ ...files, topology: { ...files.topology, weightsManifest: [] } })).toThrow(
      "hold 24 bytes",
    );
  });

  it("whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(() => importTfjs({ topology: json, weights: [] })).toThrow("The file is not a TFJS graph model");
      }),
    );
  });
});

describe("quantised weights become what TFJS computes with", () => {
  it.each([
    ["float16", new Uint8Array(Float16Array.of(0.1, -2).buffer), {}, [Math.fround(0.0999755859375), -2]],
    ["uint8", Uint8Array.of(0, 255), { scale: 0.5, min: -1 }, [-1, 126.5]],
    ["uint16", Uint8Array.of(1, 0, 0, 1), { scale: 2, min: 3 }, [5, 515]],
  ])("%s", async (dtype, weights, range, wanted) => {
    const files = tinyFiles({
      inputs: { x: { dims: [2], data: Float32Array.of(0, 0) } },
      constants: { w: floats(2) },
      nodes: [["y", "Add", ["x", "w"]]],
    });
    const weightsManifest = [
      { weights: [{ name: "w", shape: [2], dtype: "float32", quantization: { dtype, ...range } }] },
    ];
    const model = importTfjs({ topology: { ...files.topology, weightsManifest }, weights });
    const { y } = await runOnnx(model, { x: { dims: [2], data: Float32Array.of(0, 0) } });
    expect(y?.values).toEqual(wanted);
  });
});
