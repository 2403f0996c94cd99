import { tensor4d } from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { describeModel } from "../onnx/describe.ts";
import { fusePreprocess } from "../onnx/preprocess.ts";
import { relativeDifference, runOnnx } from "../testing/session.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { loadWithTfjs, readCenternet, useTfjs } from "../testing/tfjs.ts";
import { importTfjs } from "./import.ts";

const side = 512;
const input = "tower_0/images";
const outputs = ["tower_0/wh", "tower_0/keypoints", "tower_0/detections"];
/** Below this an absolute difference is what counts: a pixel for boxes, a thousandth for scores. */
const floors: Readonly<Record<string, number>> = { "tower_0/keypoints": 1e-3 };
const difference = ({ name, found, wanted }: Result) => relativeDifference(found, wanted, floors[name] ?? 1);

interface Result {
  readonly name: string;
  readonly wanted: readonly number[];
  readonly found: readonly number[];
}

/** Planes one after the other, from interleaved pixels, in the given order of channels. */
function planar(pixels: Uint8Array, order: readonly number[]): Uint8Array {
  const count = pixels.length / 3;
  return Uint8Array.from(pixels, (_, i) => pixels[(i % count) * 3 + (order[Math.floor(i / count)] ?? 0)] ?? 0);
}

async function runBoth(pixels: Uint8Array): Promise<Result[]> {
  const files = readCenternet();
  await useTfjs("wasm");
  const model = loadWithTfjs(files);
  const picture = tensor4d(Float32Array.from(pixels), [1, side, side, 3]);
  const wanted = [model.execute(picture, outputs)].flat().map((tensor) => Array.from(tensor.dataSync()));
  model.dispose();
  const data = Float32Array.from(planar(pixels, [0, 1, 2]));
  const found = await runOnnx(importTfjs(files), { [input]: { data, dims: [1, 3, side, side] } });
  return outputs.map((name, i) => ({ name, wanted: wanted[i] ?? [], found: found[name]?.values ?? [] }));
}

/** Soft blobs of colour: something between a picture and noise. */
const blobs = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
  const [x, y, channel] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side), i % 3];
  return 127 + 80 * Math.sin(x / (17 + channel)) * Math.cos(y / (29 - channel)) + ((i * 7919) % 41);
});

describe("the bundled CenterNet, converted", () => {
  it("gives the sizes and scores that TFJS gives", async () => {
    const [sizes, scores] = await runBoth(blobs);
    for (const result of [sizes, scores]) expect(result && difference(result)).toBeLessThan(1e-3);
  });

  it("has TensorFlow's names and shapes, and a picture input with the channels first", () => {
    const { inputs, outputs: described, opset } = describeModel(importTfjs(readCenternet()));
    expect(opset).toBe(17);
    expect(inputs).toEqual([{ name: input, type: "float32", shape: [1, 3, side, side] }]);
    expect(described).toEqual([
      { name: "tower_0/wh", type: "float32", shape: [1, 128, 128, 4] },
      { name: "tower_0/keypoints", type: "float32", shape: [1, 128, 128, 80] },
      { name: "tower_0/detections", type: "float32", shape: [1, 100, 6] },
    ]);
  });

  it("leaves out what only unselected outputs need", () => {
    const files = readCenternet();
    const whole = importTfjs(files);
    const sizes = importTfjs({ ...files, outputs: ["tower_0/wh"] });
    expect(describeModel(sizes).outputs.map(({ name }) => name)).toEqual(["tower_0/wh"]);
    expect(sizes.length).toBeLessThan(whole.length - 128 * 80 * 4);
    expect(() => importTfjs({ ...files, outputs: ["boxes"] })).toThrow("no output boxes; it has tower_0/wh");
  });

  it("takes green, blue and red planes of bytes once the preprocessing is fused", async () => {
    const model = importTfjs({ ...readCenternet(), outputs: ["tower_0/detections"] });
    const fused = fusePreprocess(model, {
      width: side,
      height: side,
      fit: "stretch",
      pad: 0,
      order: "rgb",
      mean: [0, 0, 0],
      std: [1, 1, 1],
      layout: "nchw",
    });
    const dims = [1, 3, side, side];
    const bare = await runOnnx(model, { [input]: { data: Float32Array.from(planar(blobs, [0, 1, 2])), dims } });
    expect(await runOnnx(fused, { picture: { data: planar(blobs, [1, 2, 0]), dims } })).toEqual(bare);
  });
});

describeWithSharedData("the bundled CenterNet on a street with a bus", () => {
  let results: Result[];
  beforeAll(async () => {
    const picture = sharp(sharedPath("images/ultralytics/bus.jpg")).resize(side, side, { fit: "fill" }).removeAlpha();
    results = await runBoth(await picture.raw().toBuffer());
  });

  it.each(outputs)("%s is that of TFJS", (output) => {
    expect(results.filter(({ name }) => name === output).map(difference)).toEqual([expect.toSatisfy((d) => d < 1e-3)]);
  });

  it("finds the bus and the people", () => {
    const detections = results.find(({ name }) => name === "tower_0/detections")?.found ?? [];
    const classes = Array.from({ length: 4 }, (_, i) => detections[i * 6 + 5]);
    expect(classes).toEqual([0, 0, 0, 5]);
  });
});
