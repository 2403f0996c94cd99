import { describe, it } from "vitest";
import { expectSame, picture } from "../../testing/parity.ts";
import { type Filled, float, floats, int, ints } from "../../testing/tiny-model.ts";

describe("element by element", () => {
  const others: [string, Filled][] = [
    ["a scalar", float(3)],
    ["one value per channel", floats(4)],
    ["one value per column and channel", floats(6, 4)],
    ["a picture", floats(1, 5, 6, 4)],
    ["a column", floats(1, 5, 1, 1)],
  ];
  it.each(others)("Add, Sub and Mul with %s", async (_name, other) => {
    await expectSame({
      inputs: { x: picture() },
      constants: { other },
      nodes: [
        ["sum", "AddV2", ["x", "other"]],
        ["difference", "Sub", ["other", "sum"]],
        ["product", "Mul", ["difference", "x"]],
      ],
      outputs: ["sum", "difference", "product"],
    });
  });

  it("with a computed tensor of lower rank", async () => {
    await expectSame({ inputs: { x: picture(), y: floats(6, 4) }, nodes: [["z", "Mul", ["x", "y"]]] });
  });

  it.each(["RealDiv", "Minimum", "Maximum", "SquaredDifference"])("%s of pictures, and with a scalar", async (op) => {
    await expectSame({
      inputs: { x: picture(), y: { ...picture(), data: picture().data.map((value) => Math.abs(value) + 0.5) } },
      constants: { two: float(2) },
      nodes: [
        ["both", op, ["x", "y"]],
        ["half", op, ["x", "two"]],
      ],
      outputs: ["both", "half"],
    });
  });

  it("Sqrt", async () => {
    const x = { ...picture(), data: picture().data.map(Math.abs) };
    await expectSame({ inputs: { x }, nodes: [["y", "Sqrt", ["x"]]] });
  });

  it.each(["Relu", "Relu6", "Sigmoid"])("%s", async (op) => {
    await expectSame({ inputs: { x: picture() }, nodes: [["y", op, ["x"]]] });
  });

  it.each(["FloorDiv", "FloorMod"])("%s rounds down for every pair of signs", async (op) => {
    const a = [7, 7, -7, -7, 6, -6, 0, 1, -1];
    const b = [3, -3, 3, -3, 3, 3, 5, -5, 5];
    await expectSame({ inputs: { a: ints(...a), b: ints(...b) }, nodes: [["y", op, ["a", "b"]]] });
    const [x, y] = [a, b].map((values) => ({ dims: [9], data: Float32Array.from(values, (each) => each + 0.25) }));
    if (x !== undefined && y !== undefined) await expectSame({ inputs: { x, y }, nodes: [["z", op, ["x", "y"]]] });
  });

  it("Equal, and casts between float, int and bool", async () => {
    await expectSame({
      inputs: { x: { dims: [6], data: Float32Array.of(-2.7, -1, -0.5, 0, 1.9, 2) } },
      constants: { two: float(2) },
      nodes: [
        ["whole", "Cast", ["x"], { SrcT: "DT_FLOAT", DstT: "DT_INT32" }],
        ["equal", "Equal", ["x", "two"]],
        ["mask", "Cast", ["equal"], { SrcT: "DT_BOOL", DstT: "DT_FLOAT" }],
        ["again", "Cast", ["whole"], { SrcT: "DT_INT32", DstT: "DT_FLOAT" }],
      ],
      outputs: ["whole", "mask", "again"],
    });
  });
});

describe("rearranging", () => {
  it.each([
    ["rows and columns", [0, 0, 1, 2, 0, 3, 0, 0]],
    ["channels", [0, 0, 0, 0, 0, 0, 2, 5]],
    ["rows and columns at their end", [0, 0, 0, 1, 0, 1, 0, 0]],
  ])("Pad puts zeros around %s", async (_name, amounts) => {
    await expectSame({
      inputs: { x: picture() },
      constants: {
        paddings: { dims: [4, 2], data: Int32Array.from(amounts) },
        filter: floats(3, 3, 4 + (amounts[6] ?? 0) + (amounts[7] ?? 0), 2),
      },
      nodes: [
        ["padded", "Pad", ["x", "paddings"]],
        ["y", "Conv2D", ["padded", "filter"], { padding: "VALID", strides: [1, 2, 2, 1], dilations: [1, 1, 1, 1] }],
      ],
      outputs: ["y", "padded"],
    });
  });

  it.each([[[0]], [[0, -1]], [[]]])("Squeeze of axes %s", async (axes) => {
    const nodes = [["y", "Squeeze", ["x"], { squeeze_dims: axes }]] as const;
    await expectSame({ inputs: { x: picture(5, 6, 1) }, nodes });
  });

  it.each([0, 1, -1])("Pack along axis %i", async (axis) => {
    const nodes = [["y", "Pack", ["x", "other", "x"], { axis, N: 3 }]] as const;
    await expectSame({ inputs: { x: floats(3, 4) }, constants: { other: floats(3, 4) }, nodes });
  });

  it.each([0, 1, -1])("Unpack along axis %i", async (axis) => {
    const nodes = [
      ["parts", "Unpack", ["x"], { axis, num: 3 }],
      ["first", "Identity", ["parts"]],
      ["last", "Identity", ["parts:2"]],
    ] as const;
    await expectSame({ inputs: { x: floats(3, 3) }, nodes, outputs: ["first", "last"] });
  });

  it("a picture that is shaped and shaped back", async () => {
    const nodes = [
      ["unstacked", "Unpack", ["x"], { axis: 0, num: 1 }],
      ["batch", "ExpandDims", ["unstacked", "zero"]],
      ["squeezed", "Squeeze", ["batch"], { squeeze_dims: [0] }],
      ["again", "ExpandDims", ["squeezed", "zero"]],
      ["y", "Relu", ["again"]],
    ] as const;
    await expectSame({ inputs: { x: picture() }, constants: { zero: int(0) }, nodes, outputs: ["y", "squeezed"] });
  });

  it("GatherNd of single elements and of rows", async () => {
    const constants = {
      elements: { dims: [2, 4], data: Int32Array.of(0, 4, 5, 3, 0, 0, 1, 2) },
      rows: { dims: [3, 2], data: Int32Array.of(0, 4, 0, 0, 0, 2) },
    };
    const nodes = [
      ["some", "GatherNd", ["x", "elements"]],
      ["lines", "GatherNd", ["x", "rows"]],
    ] as const;
    await expectSame({ inputs: { x: picture() }, constants, nodes, outputs: ["some", "lines"] });
  });

  it.each([0, 1, -1])("ArgMax along axis %i takes the first of equals", async (axis) => {
    const x = { dims: [3, 3], data: Float32Array.of(1, 5, 5, 2, 5, 0, 2, -1, 5) };
    const nodes = [["y", "ArgMax", ["x", "axis"], { output_type: "DT_INT32" }]] as const;
    await expectSame({ inputs: { x }, constants: { axis: int(axis) }, nodes });
  });

  it.each([3, -1, 1, 0])("ConcatV2 along axis %i", async (axis) => {
    const nodes = [["y", "ConcatV2", ["x", "other", "x", "axis"], { N: 3 }]] as const;
    await expectSame({ inputs: { x: picture() }, constants: { other: picture(), axis: int(axis) }, nodes });
  });

  it.each([[[1, -1]], [[6, 5, 4]], [[2, 3, -1]], [[1, 5, 6, 4, 1]]])("Reshape of a picture to %s", async (shape) => {
    const nodes = [["y", "Reshape", ["x", "shape"]]] as const;
    await expectSame({ inputs: { x: picture() }, constants: { shape: ints(...shape) }, nodes });
  });

  it("Reshape of a single pixel, and of a single channel", async () => {
    await expectSame({
      inputs: { pixel: picture(1, 1, 4), plane: picture(5, 6, 1) },
      constants: { shape: ints(-1) },
      nodes: [
        ["a", "Reshape", ["pixel", "shape"]],
        ["b", "Reshape", ["plane", "shape"]],
      ],
      outputs: ["a", "b"],
    });
  });

  it.each([0, 1, -1])("ExpandDims at %i", async (axis) => {
    const nodes = [["y", "ExpandDims", ["x", "axis"]]] as const;
    await expectSame({ inputs: { x: floats(3, 4) }, constants: { axis: int(axis) }, nodes });
  });

  it.each([0, 1, -1])("GatherV2 along axis %i", async (axis) => {
    const constants = { indices: { dims: [2, 2], data: Int32Array.of(2, 0, 1, 1) }, axis: int(axis) };
    await expectSame({
      inputs: { x: floats(3, 4, 5) },
      constants,
      nodes: [["y", "GatherV2", ["x", "indices", "axis"]]],
    });
  });

  it("TopKV2 puts the lower index first among equals", async () => {
    const x = { dims: [2, 6], data: Float32Array.of(1, 5, 5, 2, 5, 0, -1, -1, -2, 3, 3, -1) };
    const nodes = [
      ["top", "TopKV2", ["x", "k"], { sorted: true }],
      ["values", "Identity", ["top"]],
      ["indices", "Identity", ["top:1"]],
    ] as const;
    await expectSame({ inputs: { x }, constants: { k: int(4) }, nodes, outputs: ["values", "indices"] });
  });
});

describe("StridedSlice follows Python", () => {
  type Slice = readonly [
    string,
    readonly number[],
    readonly number[],
    readonly number[],
    Readonly<Record<string, number>>,
  ];
  it.each<Slice>([
    ["[1:3, 0:2, 2:5]", [1, 0, 2], [3, 2, 5], [1, 1, 1], {}],
    ["[1:, :2, ::2]", [1, 9, 0], [9, 2, 9], [1, 1, 2], { begin_mask: 6, end_mask: 5 }],
    ["[-2:, :-1]", [-2, 0], [0, -1], [1, 1], { begin_mask: 2, end_mask: 1 }],
    ["[::-1, 2:0:-1]", [0, 2], [0, 0], [-1, -1], { begin_mask: 1, end_mask: 1 }],
    ["[3:-9:-2] beyond the edges", [9], [-9], [-2], {}],
    ["[2]", [2], [3], [1], { shrink_axis_mask: 1 }],
    ["[-1, :, 3]", [-1, 0, 3], [0, 0, 4], [1, 1, 1], { shrink_axis_mask: 5, end_mask: 2 }],
    ["[..., 1]", [0, 1], [0, 2], [1, 1], { ellipsis_mask: 1, shrink_axis_mask: 2 }],
    ["[..., 1:3]", [0, 1], [0, 3], [1, 1], { ellipsis_mask: 1 }],
    [
      "[newaxis, 1:, ..., 2]",
      [0, 1, 0, 2],
      [0, 9, 0, 3],
      [1, 1, 1, 1],
      { new_axis_mask: 1, ellipsis_mask: 4, shrink_axis_mask: 8 },
    ],
    ["[:]", [0], [0], [1], { begin_mask: 1, end_mask: 1 }],
  ])("%s", async (_name, begin, end, strides, masks) => {
    const zero = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
    await expectSame({
      inputs: { x: floats(4, 3, 5) },
      constants: { begin: ints(...begin), end: ints(...end), strides: ints(...strides) },
      nodes: [["y", "StridedSlice", ["x", "begin", "end", "strides"], { ...zero, ...masks }]],
    });
  });
});
