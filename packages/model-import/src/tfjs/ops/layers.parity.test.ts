import { describe, it } from "vitest";
import { expectSame, picture } from "../../testing/parity.ts";
import { float, floats, ints } from "../../testing/tiny-model.ts";

describe("a convolution", () => {
  const cases: [string, [number, number], number, number, number, string][] = [];
  for (const size of [5, 6, 7, 8]) {
    for (const kernel of [1, 2, 3, 5]) {
      for (const stride of [1, 2, 3]) {
        for (const padding of ["SAME", "VALID"]) {
          cases.push([
            `${padding} ${size}×${size + 3}, kernel ${kernel}, stride ${stride}`,
            [size, size + 3],
            kernel,
            stride,
            1,
            padding,
          ]);
        }
      }
    }
    cases.push(
      [`SAME ${size}×9, dilated`, [size, 9], 3, 1, 2, "SAME"],
      [`VALID ${size}×9, dilated`, [size, 9], 3, 1, 2, "VALID"],
    );
  }
  it.each(cases)("%s", async (_name, [height, width], kernel, stride, dilation, padding) => {
    const attributes = {
      padding,
      strides: [1, stride, stride, 1],
      dilations: [1, dilation, dilation, 1],
      data_format: "NHWC",
    };
    await expectSame({
      inputs: { x: picture(height, width, 3) },
      constants: { full: floats(kernel, kernel, 3, 4), deep: floats(kernel, kernel, 3, 2) },
      nodes: [
        ["conv", "Conv2D", ["x", "full"], attributes],
        ["depthwise", "DepthwiseConv2dNative", ["x", "deep"], attributes],
      ],
      outputs: ["conv", "depthwise"],
    });
  });

  it("with explicit padding", async () => {
    const attributes = {
      padding: "EXPLICIT",
      explicit_paddings: [0, 0, 1, 2, 0, 3, 0, 0],
      strides: [1, 2, 1, 1],
      dilations: [1, 1, 1, 1],
    };
    const constants = { filter: floats(3, 2, 4, 2) };
    await expectSame({ inputs: { x: picture() }, constants, nodes: [["y", "Conv2D", ["x", "filter"], attributes]] });
  });

  it.each([[["BiasAdd"]], [["BiasAdd", "Relu"]], [["BiasAdd", "Relu6"]], [["BiasAdd", "Sigmoid"]]])(
    "fused with %s",
    async (fused) => {
      const attributes = {
        padding: "SAME",
        strides: [1, 1, 1, 1],
        dilations: [1, 1, 1, 1],
        fused_ops: fused,
        num_args: 1,
      };
      await expectSame({
        inputs: { x: picture() },
        constants: { filter: floats(3, 3, 4, 2), bias: floats(2), deep: floats(3, 3, 4, 1), deepBias: floats(4) },
        nodes: [
          ["conv", "_FusedConv2D", ["x", "filter", "bias"], attributes],
          ["depthwise", "FusedDepthwiseConv2dNative", ["x", "deep", "deepBias"], attributes],
        ],
        outputs: ["conv", "depthwise"],
      });
    },
  );
});

describe("pooling and resizing", () => {
  const poolings = [5, 6, 7, 8].flatMap((size) => ["SAME", "VALID"].map((padding) => [padding, size] as const));
  it.each(poolings)("MaxPool %s over %i rows", async (padding, size) => {
    const attributes = { padding, ksize: [1, 3, 2, 1], strides: [1, 2, 2, 1] };
    await expectSame({ inputs: { x: picture(size) }, nodes: [["y", "MaxPool", ["x"], attributes]] });
  });

  const modes: Readonly<Record<string, boolean>>[] = [{}, { half_pixel_centers: true }, { align_corners: true }];
  const sizes = [
    [10, 12],
    [5, 18],
    [8, 9],
    [3, 2],
    [1, 1],
  ] as const;
  const resizings = modes.flatMap((mode) =>
    sizes.map((size) => [JSON.stringify(mode), size.join("×"), mode, size] as const),
  );
  it.each(resizings)("ResizeBilinear %s from 5×6 to %s", async (_mode, _size, mode, size) => {
    const nodes = [["y", "ResizeBilinear", ["x", "size"], mode]] as const;
    await expectSame({ inputs: { x: picture() }, constants: { size: ints(...size) }, nodes });
  });

  it.each([
    [[1, 2], true],
    [[1, 2], false],
    [[2, 1], true],
    [[3], true],
    [[-1], false],
    [[0, 2], false],
    [[1, 2, 3], false],
  ])("Mean over %s, kept: %s", async (axes, keep) => {
    const nodes = [["y", "Mean", ["x", "axes"], { keep_dims: keep }]] as const;
    await expectSame({ inputs: { x: picture() }, constants: { axes: ints(...axes) }, nodes });
  });
});

describe("dense layers", () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("MatMul, transposed: %s and %s", async (a, b) => {
    await expectSame({
      inputs: { x: a ? floats(3, 2) : floats(2, 3) },
      constants: { weights: b ? floats(4, 3) : floats(3, 4), bias: floats(4) },
      nodes: [
        ["plain", "MatMul", ["x", "weights"], { transpose_a: a, transpose_b: b }],
        [
          "fused",
          "_FusedMatMul",
          ["x", "weights", "bias"],
          { transpose_a: a, transpose_b: b, fused_ops: ["BiasAdd", "Relu"], num_args: 1 },
        ],
      ],
      outputs: ["plain", "fused"],
    });
  });

  it("Softmax over the last axis", async () => {
    await expectSame({ inputs: { x: floats(3, 5) }, nodes: [["y", "Softmax", ["x"]]] });
  });
});

describe("MobileNetV3's activations", () => {
  // As stored in half precision: not quite a sixth.
  const c = Math.fround(0.166625977);
  const filter = floats(1, 1, 4, 3);
  const convolution = { padding: "SAME", strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1] };
  it.each([
    ["a convolution takes", "conv", ["Conv2D", ["swish", "filter"], convolution]],
    ["an average takes", "mean", ["Mean", ["swish", "axes"], { keep_dims: true }]],
    ["an addition takes", "sum", ["Add", ["swish", "x"]]],
    ["a maximum takes", "clipped", ["Relu6", ["swish"]]],
    ["another layout takes", "flat", ["Reshape", ["swish", "all"]]],
  ] as const)("a hard swish that %s", async (_name, name, [op, inputs, attributes]) => {
    await expectSame({
      inputs: { x: picture() },
      constants: { c: float(c), three: float(3), filter, axes: ints(1, 2), all: ints(-1) },
      nodes: [
        ["scaled", "Mul", ["c", "x"]],
        ["shifted", "Add", ["three", "x"]],
        ["clip", "Relu6", ["shifted"]],
        ["swish", "Mul", ["clip", "scaled"]],
        [name, op, inputs, attributes],
      ],
      outputs: [name, "clip"],
    });
  });

  it("a gate that is squeezed and excites", async () => {
    await expectSame({
      inputs: { x: picture() },
      constants: { c: float(c), three: float(3), axes: ints(1, 2), filter },
      nodes: [
        ["squeezed", "Mean", ["x", "axes"], { keep_dims: true }],
        ["shifted", "Add", ["squeezed", "three"]],
        ["clip", "Relu6", ["shifted"]],
        ["gate", "Mul", ["clip", "c"]],
        ["excited", "Mul", ["x", "gate"]],
        ["conv", "Conv2D", ["excited", "filter"], convolution],
      ],
      outputs: ["conv", "gate"],
    });
  });

  it("what only looks like one", async () => {
    await expectSame({
      inputs: { x: picture(), y: picture() },
      constants: { c: float(c), two: float(2), three: float(3) },
      nodes: [
        ["xScaled", "Mul", ["c", "x"]],
        ["yShifted", "Add", ["y", "three"]],
        ["yClip", "Relu6", ["yShifted"]],
        ["mixed", "Mul", ["xScaled", "yClip"]],
        ["xShifted", "Add", ["x", "two"]],
        ["xClip", "Relu6", ["xShifted"]],
        ["off", "Mul", ["xClip", "c"]],
      ],
      outputs: ["mixed", "off"],
    });
  });
});

describe("MobileNet's activation as Keras exports it", () => {
  it.each([
    ["clipped to 0 and 6", 6, 0],
    ["clipped to other limits", 5, -1],
  ])("%s", async (_name, most, least) => {
    await expectSame({
      inputs: { x: picture() },
      constants: { most: float(most), least: float(least) },
      nodes: [
        ["relu", "Relu", ["x"]],
        ["under", "Minimum", ["relu", "most"]],
        ["y", "Maximum", ["under", "least"]],
      ],
      outputs: ["y", "under"],
    });
  });
});
