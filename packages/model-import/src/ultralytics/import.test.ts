import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { describeModel } from "../onnx/describe.ts";
import { runOnnx } from "../testing/session.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { importUltralytics } from "./import.ts";

const licence = "AGPL-3.0 (https://ultralytics.com/license)";

function checkpoint(file: string): Uint8Array {
  return readFileSync(sharedPath(`models/pt/${file}`));
}

describeWithSharedData("checkpoints of real users", () => {
  const accepted = [
    {
      file: "yolov5n-ppe/yolov5n.pt",
      manifest: { task: "detect", classes: ["helmet", "vest"], stride: 32, architecture: "yolov5n" },
      side: 640,
      output: [25200, 7],
    },
    {
      file: "cls-cars/best.pt",
      manifest: {
        task: "classify",
        classes: ["Audi", "Ferrari", "Koenigsegg", "Lamborghini", "McLaren", "Mercedes", "Porsche"],
        architecture: "yolov8n-cls",
        version: "8.3.174",
        licence,
      },
      side: 224,
      output: [7],
    },
    {
      file: "cls-posture/best.pt",
      manifest: { task: "classify", classes: ["Confident-Postures", "lousy-posture"], licence },
      side: 224,
      output: [2],
    },
    {
      file: "cls11-vehicles/best.pt",
      manifest: {
        task: "classify",
        classes: ["airplane", "bicycles", "cars", "motorbikes", "ships", "train", "val"],
        architecture: "yolo11n-cls",
        licence,
      },
      side: 64,
      output: [7],
    },
  ];

  it.each(accepted)("$file comes with its task, names, size and licence", async ({ file, manifest, side, output }) => {
    const imported = await importUltralytics(checkpoint(file));
    expect(imported.manifest).toMatchObject({ ...manifest, input: { width: side, height: side } });
    const { inputs, outputs, metadata } = describeModel(imported.onnx);
    expect(inputs).toEqual([{ name: "images", type: "float32", shape: ["batch", 3, side, side] }]);
    expect(outputs).toEqual([{ name: "output0", type: "float32", shape: ["batch", ...output] }]);
    expect(metadata).toMatchObject({ task: manifest.task, imgsz: `[${side}, ${side}]` });
    expect(metadata.license).toBe(manifest.licence);
  });

  it("a classifier gives each picture of a batch its own probabilities", async () => {
    const { onnx } = await importUltralytics(checkpoint("cls11-vehicles/best.pt"));
    const pictures = Float32Array.from({ length: 2 * 3 * 64 * 64 }, (_, i) => ((i * 7919) % 251) / 250);
    const first = pictures.slice(0, pictures.length / 2);
    const alone = await runOnnx(onnx, { images: { data: first, dims: [1, 3, 64, 64] } });
    const both = await runOnnx(onnx, { images: { data: pictures, dims: [2, 3, 64, 64] } });
    const [one = [], two = []] = [both.output0?.values.slice(0, 7), both.output0?.values.slice(7)];
    one.forEach((probability, i) => {
      expect(probability).toBeCloseTo(alone.output0?.values[i] ?? Number.NaN, 5);
    });
    for (const probabilities of [one, two]) expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(one).not.toEqual(two);
  });

  it.each([
    ["leyolo-nano/LeYOLONano.pt", "ultralytics.nn.modules.conv.mn_conv at model.0"],
    ["yolov5n-7/yolov5n-7.pt", "models.common.C3x at model.2"],
  ])("%s is refused by the name of the module that is not known", async (file, module) => {
    await expect(importUltralytics(checkpoint(file))).rejects.toMatchObject({
      code: "model-unsupported",
      message: `The network uses the module ${module}, which is not known.`,
    });
  });
});
