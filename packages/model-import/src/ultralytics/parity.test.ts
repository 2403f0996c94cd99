import { readFileSync } from "node:fs";
import sharp from "sharp";
import { beforeAll, expect, it } from "vitest";
import { fusePreprocess } from "../onnx/preprocess.ts";
import { runOnnx } from "../testing/session.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { importUltralytics } from "./import.ts";

const side = 640;

/**
 * What half precision leaves of a network of some sixty layers, each rounded to 11 bits. Measured on these pictures:
 * .009 for scores; 1.7 pixels for boxes around something, 4.9 for any box.
 */
const halfPrecision = { score: 0.01, box: 2, anyBox: 6 };

/** A picture in the middle of a grey square, planes green, blue, red. */
async function squared(file: string): Promise<Uint8Array> {
  const data = await sharp(sharedPath(file))
    .toColourspace("srgb")
    .resize(side, side, { fit: "contain", background: { r: 114, g: 114, b: 114 } })
    .removeAlpha()
    .raw()
    .toBuffer();
  const plane = (channel: number) => Uint8Array.from({ length: side * side }, (_, i) => data[i * 3 + channel] ?? 0);
  return Uint8Array.from([...plane(1), ...plane(2), ...plane(0)]);
}

function ready(file: Uint8Array): Uint8Array {
  return fusePreprocess(file, {
    width: side,
    height: side,
    fit: "stretch",
    pad: 114,
    order: "rgb",
    mean: [0, 0, 0],
    std: [255, 255, 255],
    layout: "nchw",
  });
}

/** What a YOLOv5 finds in a picture, anchor by anchor. */
async function rowsOf(model: Uint8Array, data: Uint8Array): Promise<{ box: number[]; scores: number[] }[]> {
  const [output] = Object.values(await runOnnx(model, { picture: { data, dims: [1, 3, side, side] } }));
  const { dims: [, rows = 0, length = 0] = [], values = [] } = output ?? {};
  return Array.from({ length: rows }, (_, row) => {
    const [start, end] = [row * length, (row + 1) * length];
    return { box: values.slice(start, start + 4), scores: values.slice(start + 4, end) };
  });
}

function furthest(a: readonly number[], b: readonly number[] = []): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

describeWithSharedData("yolov5n.pt beside its official export in half precision", () => {
  let ours: Uint8Array;
  let official: Uint8Array;

  beforeAll(async () => {
    const { onnx } = await importUltralytics(readFileSync(sharedPath("models/pt/yolov5n/yolov5n.pt")));
    ours = ready(onnx);
    official = ready(readFileSync(sharedPath("models/pt/yolov5n/yolov5n_fp16.onnx")));
  });

  it.each(["009", "025", "030", "034", "036"])("finds the same in picture %s of coco128", async (number) => {
    const picture = await squared(`images/coco128/val2017/000000000${number}.jpg`);
    const [imported, exported] = [await rowsOf(ours, picture), await rowsOf(official, picture)];
    expect(imported).toHaveLength(exported.length);
    const found = imported.map((row, i) => ({
      something: (row.scores[0] ?? 0) > 0.1,
      score: furthest(row.scores, exported[i]?.scores),
      box: furthest(row.box, exported[i]?.box),
    }));
    expect(Math.max(...found.map(({ score }) => score))).toBeLessThan(halfPrecision.score);
    expect(Math.max(...found.map(({ box }) => box))).toBeLessThan(halfPrecision.anyBox);
    const around = found.filter(({ something }) => something);
    expect(around.length).toBeGreaterThan(0);
    expect(Math.max(...around.map(({ box }) => box))).toBeLessThan(halfPrecision.box);
  });
});
