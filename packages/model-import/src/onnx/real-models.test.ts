import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { relativeDifference, runOnnx } from "../testing/session.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { readModel, writeModel } from "./codec.ts";
import { describeModel, type ModelDescription } from "./describe.ts";
import { fusePreprocess } from "./preprocess.ts";

function feedsFor({ inputs }: ModelDescription) {
  const feeds = inputs.map(({ name, shape }) => {
    const dims = (shape ?? []).map((size, axis) => (typeof size === "number" ? size : axis === 0 ? 1 : 64));
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7919) % 251) / 251);
    return [name, { data, dims }];
  });
  return Object.fromEntries(feeds);
}

describeWithSharedData("models made by other tools", () => {
  const files = globSync("models/**/*.onnx", { cwd: sharedPath(".") });

  it.each(files)("%s, read and written, is the same model", async (file) => {
    const original = new Uint8Array(readFileSync(sharedPath(file)));
    const model = readModel(original);
    const written = writeModel(model);
    expect(readModel(written)).toEqual(model);
    const description = describeModel(written);
    expect(description).toEqual(describeModel(original));
    // The runtime takes no half-precision input on a Node that has Float16Array.
    if (description.inputs.some(({ type }) => type === "float16")) return;
    const feeds = feedsFor(description);
    expect(await runOnnx(written, feeds)).toEqual(await runOnnx(original, feeds));
  });

  it.each([
    ["models/face/version-RFB-320_simplified.onnx", 112, { width: 320, height: 240 }],
    ["models/detect/nanodet_m.onnx", 158, { width: 416, height: 416 }],
  ])("%s lists its %i constants among the inputs, and no more once it is fused", async (file, constants, size) => {
    const original = new Uint8Array(readFileSync(sharedPath(file)));
    const fused = fusePreprocess(original, {
      ...size,
      fit: "stretch",
      pad: 0,
      order: "rgb",
      mean: [0, 0, 0],
      std: [1, 1, 1],
      layout: "nchw",
    });
    expect(readModel(original).graph.input).toHaveLength(constants + 1);
    expect(readModel(fused).graph.input.map(({ name }) => name)).toEqual(["picture"]);
    const dims = [1, 3, size.height, size.width];
    const count = 3 * size.height * size.width;
    const grey = await runOnnx(fused, { picture: { data: new Uint8Array(count).fill(99), dims } });
    const { inputs, outputs } = describeModel(original);
    const feed = { data: new Float32Array(count).fill(99), dims };
    const wanted = await runOnnx(original, { [inputs[0]?.name ?? ""]: feed });
    for (const { name } of outputs) {
      expect(relativeDifference(grey[name]?.values ?? [], wanted[name]?.values ?? [], 1)).toBeLessThan(1e-4);
    }
  });
});
