import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../onnx/builder.ts";
import { writeModel } from "../onnx/codec.ts";
import * as p from "../testing/pickle.ts";
import { refusalOf } from "../testing/refusal.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { four, matrix, network } from "../testing/tiny-checkpoint.ts";
import { checkpointFile, zip } from "../testing/zip.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { partsWithin } from "./nesting.ts";
import { attribute, entry, isKind, type PickleValue, submodules } from "./value.ts";

function floatsOf(value: PickleValue | undefined): number[] | undefined {
  return isKind(value, "tensor") ? [...value.floats()] : undefined;
}

describe("a checkpoint", () => {
  it.each([{}, { byteorder: "little" }, { deflate: true }])("gives the network with its weights (%o)", async (how) => {
    const { root } = await readCheckpoint(checkpointFile(p.pickle([network]), { storages: { 0: four }, ...how }));
    const model = entry(root, "model");
    expect(entry(root, "epoch")).toBe(-1);
    expect(entry(attribute(model, "names"), "0")).toBe("person");
    expect([...submodules(model).keys()]).toEqual(["conv"]);
    const conv = attribute(model, "conv");
    expect(conv).toMatchObject({ kind: "object", module: "torch.nn.modules.conv", name: "Conv2d" });
    expect(attribute(conv, "bias")).toBeNull();
    expect(attribute(conv, "padding")).toBeUndefined();
    expect(floatsOf(attribute(conv, "weight"))).toEqual([1, 2, 3, 4]);
  });

  it("of a machine with the other byte order has the same weights", async () => {
    const file = checkpointFile(p.pickle([p.tensor(matrix)]), {
      storages: { 0: four.map((_, i) => four[i - (i % 4) + 3 - (i % 4)] ?? 0) },
      byteorder: "big",
    });
    expect(floatsOf((await readCheckpoint(file)).root)).toEqual([1, 2, 3, 4]);
  });

  it("may have tensors that share weights", async () => {
    const transposed = p.tensor({ ...matrix, strides: [1, 2] });
    const file = checkpointFile(p.pickle([p.tuple(p.tensor(matrix), transposed)]), { storages: { 0: four } });
    const { root } = await readCheckpoint(file);
    expect(isKind(root, "tuple") && root.items.map(floatsOf)).toEqual([
      [1, 2, 3, 4],
      [1, 3, 2, 4],
    ]);
  });

  it("may have tensors with attributes of their own", async () => {
    const rebuild = p.global("torch._utils", "_rebuild_tensor_v2");
    const id = p.tuple(p.text("storage"), p.global("torch", "FloatStorage"), p.text("0"), p.text("cpu"), p.int(4));
    const args = p.tuple([...id, ...p.persistentId], p.int(0), p.tuple(p.int(4)), p.tuple(p.int(1)));
    const typed = p.call(
      p.global("torch._tensor", "_rebuild_from_type_v2"),
      rebuild,
      p.global("torch", "Tensor"),
      args,
      p.emptyDict,
    );
    const { root } = await readCheckpoint(checkpointFile(p.pickle([typed]), { storages: { 0: four } }));
    expect(floatsOf(root)).toEqual([1, 2, 3, 4]);
  });

  it("that is only a state dict is read as one", async () => {
    const parts = p.dict({ "model.0.conv.weight": p.tensor(matrix) });
    const { root } = await readCheckpoint(checkpointFile(p.pickle([parts]), { storages: { 0: four } }));
    expect(entry(root, "model")).toBeUndefined();
    expect(floatsOf(entry(root, "model.0.conv.weight"))).toEqual([1, 2, 3, 4]);
  });
});

const onnx = writeModel({
  irVersion: 8,
  graph: new GraphBuilder().build("empty"),
  opsetImport: [{ version: 17 }],
  metadataProps: [],
});

describe("a checkpoint is refused when", () => {
  const huge = { ...matrix, shape: [30_000, 1000], strides: [0, 0] };
  const quantised = p.call(p.global("torch._utils", "_rebuild_qtensor"), p.none);
  const complex = { ...matrix, storage: "ComplexFloatStorage" };
  const storages = { 0: four };

  it.each<[string, Uint8Array, RegExp]>([
    ["weights are missing", checkpointFile(p.pickle([network])), /^model-invalid: .*weights 0 are missing/],
    [
      "weights are too few",
      checkpointFile(p.pickle([network]), { storages: { 0: four.subarray(1) } }),
      /^model-invalid: .*15 bytes; 16/,
    ],
    [
      "few weights fill a huge tensor",
      checkpointFile(p.pickle([p.tensor(huge)]), { storages }),
      /^model-invalid: .*4 weights .* 30000000/,
    ],
    [
      "it asks to run a command",
      checkpointFile(p.pickle([p.call(p.global("os", "system"), p.text("ls"))])),
      /^model-invalid: .*os\.system/,
    ],
    [
      "it contains itself",
      checkpointFile(p.pickle([p.emptyList, p.put(0), p.get(0), p.append])),
      /^model-invalid: .*contains itself/,
    ],
    [
      "its byte order is unknown",
      checkpointFile(p.pickle([p.none]), { byteorder: "mixed" }),
      /^model-invalid: .*byte order/,
    ],
    ["its pickle is empty", checkpointFile(new Uint8Array()), /^model-invalid: .*cut off/],
    [
      "its weights are of an unknown kind",
      checkpointFile(p.pickle([p.tensor(complex)]), { storages }),
      /^model-unsupported: .*torch\.ComplexFloatStorage/,
    ],
    [
      "its weights are quantised",
      checkpointFile(p.pickle([quantised])),
      /^model-unsupported: .*torch\._utils\._rebuild_qtensor/,
    ],
    [
      "it is a TorchScript export",
      zip([
        { name: "net/data.pkl", content: p.pickle([p.none]) },
        { name: "net/code/__torch__.py", content: new Uint8Array() },
      ]),
      /^model-unsupported: .*TorchScript/,
    ],
    [
      "two checkpoints are in it",
      zip([
        { name: "a/data.pkl", content: p.pickle([p.none]) },
        { name: "b/data.pkl", content: p.pickle([p.none]) },
      ]),
      /^model-invalid: .*several checkpoints/,
    ],
    [
      "it is some other zip file",
      zip([{ name: "pipeline.json", content: new Uint8Array() }]),
      /^model-invalid: .*no data\.pkl/,
    ],
  ])("%s", async (_what, file, refusal) => {
    expect(await refusalOf(() => readCheckpoint(file))).toMatch(refusal);
  });

  const head = (...bytes: readonly (number | string)[]) =>
    Uint8Array.from(bytes.flatMap((part) => (typeof part === "number" ? part : [...p.chars(part)])));

  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(), /^model-invalid: The file is empty/],
    [
      "of PyTorch before 1.6",
      head(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, "."),
      /^model-unsupported: .*before 1\.6/,
    ],
    ["a bare pickle", p.pickle([p.none]), /^model-invalid: .*bare pickle/],
    ["in safetensors format", head(64, 0, 0, 0, 0, 0, 0, 0, '{"a":{}}'), /^model-unsupported: .*safetensors/],
    ["a Keras model", head("\x89HDF\r\n\x1a\n"), /^model-unsupported: .*Keras/],
    ["a TensorFlow Lite model", head(28, 0, 0, 0, "TFL3"), /^model-unsupported: .*TensorFlow Lite/],
    ["a TensorFlow SavedModel", head(8, 1, 0x12, 4, 1, 2, 3, 4), /^model-unsupported: .*SavedModel/],
    ["an ONNX model", onnx, /^model-invalid: .*ONNX/],
    ["a web page", head("\n<!DOCTYPE html><html>"), /^model-invalid: .*web page/],
    ["a Git LFS pointer", head("version https://git-lfs.github.com/spec/v1\n"), /^model-invalid: .*git lfs pull/],
    ["anything else", head("hello"), /^model-invalid: The file is not a PyTorch checkpoint/],
  ])("the file is %s", async (_what, file, refusal) => {
    expect(await refusalOf(() => readCheckpoint(file))).toMatch(refusal);
  });
});

describeWithSharedData("checkpoints that people trained", () => {
  const read = (file: string) => readCheckpoint(new Uint8Array(readFileSync(sharedPath(`models/pt/${file}`))));

  it.each<[string, string, string, number, number]>([
    ["yolov5n/yolov5n.pt", "models.yolo", "Model", 25, 80],
    ["yolov5n-ppe/yolov5n.pt", "models.yolo", "Model", 25, 2],
    ["yolov5n-7/yolov5n-7.pt", "models.yolo", "Model", 25, 80],
    ["leyolo-nano/LeYOLONano.pt", "ultralytics.nn.tasks", "DetectionModel", 36, 80],
    ["cls-cars/best.pt", "ultralytics.nn.tasks", "ClassificationModel", 10, 7],
    ["cls-posture/best.pt", "ultralytics.nn.tasks", "ClassificationModel", 10, 2],
    ["cls11-vehicles/best.pt", "ultralytics.nn.tasks", "ClassificationModel", 11, 7],
  ])("%s is a %s.%s with its layers and names", async (file, module, name, layers, classes) => {
    const model = entry((await read(file)).root, "model");
    expect(model).toMatchObject({ kind: "object", module, name });
    expect(submodules(attribute(model, "model")).size).toBe(layers);
    const names = attribute(model, "names");
    expect(isKind(names, "dict") ? names.entries.size : isKind(names, "list") && names.items.length).toBe(classes);
  });

  it.each(globSync("*/*.pt", { cwd: sharedPath("models/pt") }))("%s has weights that are all numbers", async (file) => {
    const tensors = [...partsWithin((await read(file)).root)].filter((part) => isKind(part, "tensor"));
    expect(tensors.length).toBeGreaterThan(150);
    for (const weights of tensors) expect(weights.floats().every(Number.isFinite)).toBe(true);
  });

  it("yolov5n's first filter has the half-precision numbers that lie in its file", async () => {
    const layers = attribute(entry((await read("yolov5n/yolov5n.pt")).root, "model"), "model");
    const weight = attribute(attribute(submodules(layers).get("0"), "conv"), "weight");
    expect(weight).toMatchObject({ dtype: "float16", shape: [16, 3, 6, 6], strides: [108, 36, 6, 1] });
    expect(floatsOf(weight)?.slice(0, 3)).toEqual([-0.003936767578125, -0.115966796875, -0.057708740234375]);
  });
});
