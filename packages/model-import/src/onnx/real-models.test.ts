import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runOnnx } from "../testing/session.ts";
import { describeWithSharedData, sharedPath } from "../testing/shared-data.ts";
import { readModel, writeModel } from "./codec.ts";
import { describeModel, type ModelDescription } from "./describe.ts";

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
});
