import { describe, expect, it } from "vitest";
import { relativeDifference, runOnnx } from "../testing/session.ts";
import { GraphBuilder } from "./builder.ts";
import { writeModel } from "./codec.ts";
import { describeModel } from "./describe.ts";
import { fusePreprocess, type PreprocessSpec } from "./preprocess.ts";
import { type Dimension, tensor, valueInfo } from "./tensor.ts";

const plain: PreprocessSpec = {
  width: 6,
  height: 5,
  fit: "contain-topleft",
  pad: 114,
  order: "bgr",
  mean: [0, 0, 0],
  std: [1, 1, 1],
  layout: "nchw",
};

interface ModelOptions {
  readonly shape?: readonly Dimension[];
  readonly type?: "float32" | "float16" | "int64" | "int32" | "uint8";
  readonly opset?: number;
  readonly irVersion?: number;
}

/** A model that gives its input back as float32, under names the preprocessing would like to use itself. */
function echo({ shape = [1, 3, 5, 6], type = "float32", opset = 17, irVersion = 8 }: ModelOptions = {}): Uint8Array {
  const graph = new GraphBuilder();
  const input = graph.input("picture", type, shape);
  const gathered = graph.node("Cast", [input], { name: "Gather", attributes: { to: 1n } });
  graph.output(graph.node("Neg", [gathered], { name: "negative" }), "float32", shape);
  return writeModel({
    irVersion,
    graph: graph.build("echo"),
    opsetImport: [{ version: opset }],
    metadataProps: [{ key: "names", value: "person" }],
  });
}

/** What the model has to be fed: the definition, pixel by pixel. */
function expected(planes: Uint8Array, [h, w]: readonly [number, number], spec: PreprocessSpec): number[] {
  const { width, height, fit, pad, order, mean, std, layout } = spec;
  const top = fit === "contain-centre" ? Math.floor((height - h) / 2) : 0;
  const left = fit === "contain-centre" ? Math.floor((width - w) / 2) : 0;
  const plane = { r: 2, g: 0, b: 1 };
  const values = new Array<number>(3 * height * width);
  for (let channel = 0; channel < 3; channel++) {
    const source = plane[(order[channel] ?? "r") as "r" | "g" | "b"];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const inside = y >= top && y < top + h && x >= left && x < left + w;
        const value = inside ? (planes[(source * h + y - top) * w + x - left] ?? Number.NaN) : pad;
        const at = layout === "nchw" ? (channel * height + y) * width + x : (y * width + x) * 3 + channel;
        values[at] = -(value - (mean[channel] ?? 0)) / (std[channel] ?? 1);
      }
    }
  }
  return values;
}

async function outputFor(model: Uint8Array, spec: PreprocessSpec, size: readonly [number, number]) {
  const fused = fusePreprocess(model, spec);
  const input = describeModel(fused).inputs[0]?.name ?? "";
  const data = Uint8Array.from({ length: 3 * size[0] * size[1] }, (_, i) => (i * 37) % 256);
  const { negative } = await runOnnx(fused, { [input]: { data, dims: [1, 3, ...size] } });
  return { found: negative?.values ?? [], wanted: expected(data, size, spec) };
}

describe("a picture reaches the model as the model wants it", () => {
  const normalised = { mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395] } as const;
  const nhwc = { layout: "nhwc" } as const;
  it.each<[string, Partial<PreprocessSpec>, readonly [number, number], ModelOptions]>([
    ["padded at the bottom", {}, [3, 6], {}],
    ["padded at the right", {}, [5, 2], {}],
    ["not padded when it fills the input", {}, [5, 6], {}],
    ["padded around, the odd pixel at the bottom", { fit: "contain-centre" }, [2, 6], {}],
    ["padded around, the odd pixel at the right", { fit: "contain-centre" }, [5, 3], {}],
    ["stretched", { fit: "stretch" }, [5, 6], {}],
    ["red first", { order: "rgb" }, [3, 6], {}],
    ["scaled to 0..1", { std: [255, 255, 255] }, [3, 6], {}],
    ["normalised per channel", normalised, [3, 6], {}],
    ["channels last", { ...nhwc, ...normalised }, [3, 6], { shape: [1, 5, 6, 3] }],
    ["in an old operator set", { fit: "contain-centre", ...normalised }, [3, 6], { opset: 8, irVersion: 3 }],
    ["as whole numbers", {}, [3, 6], { type: "int32" }],
    ["as bytes", {}, [3, 6], { type: "uint8" }],
    ["when batch and size are symbolic", {}, [3, 6], { shape: ["batch", 3, "h", "w"] }],
    ["when every dimension is symbolic", {}, [3, 6], { shape: ["", "", "", ""] }],
  ])("%s", async (_name, spec, size, model) => {
    const { found, wanted } = await outputFor(echo(model), { ...plain, ...spec }, size);
    expect(relativeDifference(found, wanted, 1)).toBeLessThan(1e-6);
  });

  it("in half precision", async () => {
    const spec = { ...plain, ...normalised };
    const { found, wanted } = await outputFor(echo({ type: "float16" }), spec, [3, 6]);
    expect(relativeDifference(found, wanted, 1)).toBeLessThan(1e-3);
  });
});

describe("a fused model", () => {
  it("keeps outputs and metadata, and takes bytes of any height and width", () => {
    const before = describeModel(echo());
    const after = describeModel(fusePreprocess(echo(), plain));
    expect(after.outputs).toEqual(before.outputs);
    expect(after.metadata).toEqual(before.metadata);
    expect(after.inputs).toEqual([{ name: "picture_2", type: "uint8", shape: [1, 3, "height", "width"] }]);
  });

  it("refuses a picture larger than its input", async () => {
    const data = new Uint8Array(3 * 7 * 6);
    await expect(runOnnx(fusePreprocess(echo(), plain), { picture_2: { data, dims: [1, 3, 7, 6] } })).rejects.toThrow();
  });

  it("no longer lists constants as inputs, which old files do and which costs speed", () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [1, 3, 5, 6]);
    graph.output(graph.node("Mul", [x, "weight"], { name: "y" }), "float32", [1, 3, 5, 6]);
    const built = graph.build("old");
    built.input.push(valueInfo("weight", "float32", [1]));
    built.initializer.push(tensor("weight", [1], Float32Array.of(2)));
    const old = writeModel({ irVersion: 3, graph: built, opsetImport: [{ version: 9 }], metadataProps: [] });
    const after = describeModel(fusePreprocess(old, plain));
    expect(after.inputs.map(({ name }) => name)).toEqual(["picture"]);
    expect(after.irVersion).toBe(4);
  });
});

describe("a model that does not take one picture of the given size is refused, naming both", () => {
  it.each<[string, ModelOptions, RegExp]>([
    ["another size", { shape: [1, 3, 9, 9] }, /picture is float32 \[1,3,9,9\]; needed is .*\[1,3,5,6\]/],
    ["one channel", { shape: [1, 1, 5, 6] }, /\[1,1,5,6\]/],
    ["channels last", { shape: [1, 5, 6, 3] }, /\[1,5,6,3\]/],
    ["a batch of four", { shape: [4, 3, 5, 6] }, /\[4,3,5,6\]/],
    ["three dimensions", { shape: [3, 5, 6] }, /\[3,5,6\]/],
    ["integers", { type: "int64" }, /int64/],
  ])("%s", (_name, model, message) => {
    expect(() => fusePreprocess(echo(model), plain)).toThrow(message);
  });

  it("several inputs", () => {
    const graph = new GraphBuilder();
    for (const name of ["left", "right"]) graph.input(name, "float32", [1, 3, 5, 6]);
    graph.output(graph.node("Add", ["left", "right"], { name: "sum" }), "float32", [1, 3, 5, 6]);
    const model = { irVersion: 8, graph: graph.build("two"), opsetImport: [{ version: 17 }], metadataProps: [] };
    expect(() => fusePreprocess(writeModel(model), plain)).toThrow("The model takes 2 inputs (left, right)");
  });

  it.each<[string, ModelOptions, string]>([
    ["an operator set that is too old", { opset: 7 }, "The model uses operator set 7; 8 to 26 can be used."],
    ["an operator set that is too new", { opset: 27 }, "The model uses operator set 27; 8 to 26 can be used."],
    ["no operator set", { opset: 0 }, "The model uses no ONNX operator set; 8 to 26 can be used."],
    [
      "a file format that is too new",
      { irVersion: 14 },
      "The model uses version 14 of the ONNX file format; up to 13 can be read.",
    ],
  ])("%s", (_name, model, sentence) => {
    expect(() => fusePreprocess(echo(model), plain)).toThrow(sentence);
  });
});
