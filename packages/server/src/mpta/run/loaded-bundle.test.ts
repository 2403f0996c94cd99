import { describe, expect, it } from "vitest";
import type { ModelManifest } from "../../models/manifest.ts";
import { InferencePool } from "../../models/onnx/pool.ts";
import { scripted, scriptedManifest } from "../../models/onnx/scripted.fixture.ts";
import { loadBundle } from "./loaded-bundle.ts";
import { pipelineOf } from "./scripted.fixture.ts";

const { thresholds: _, ...common } = scriptedManifest;
const crop = { margin: 0, square: false };
const manifests: Readonly<Record<string, ModelManifest>> = {
  "/cars.onnx": { ...scriptedManifest, classes: ["car"] },
  "/brands.onnx": { ...common, task: "classify", family: "classifier", crop },
  "/poses.onnx": { ...common, task: "pose", family: "movenet", crop, minScore: 0 },
};

const poolOfThese = (): InferencePool =>
  new InferencePool({
    ...{ ...scripted, threads: 1 },
    prepare: async ({ path }) => ({ key: path, path, manifest: manifests[path] ?? scriptedManifest }),
  });

/** A detector of cars with this model behind it. */
const bundleWith = (modelFile: string) => ({
  digest: "0123",
  pipeline: pipelineOf({
    ...{ modelId: "cars", modelFile: "cars.onnx", triggerClasses: ["car"] },
    branches: [{ modelId: "branch", modelFile, triggerClasses: ["car"] }],
  }),
  models: new Map([
    ["cars.onnx", "/cars.onnx"],
    [modelFile, `/${modelFile}`],
  ]),
});

describe("a bundle", () => {
  it("holds its models until it is given back; those of another bundle stay", async () => {
    await using pool = poolOfThese();
    const one = await loadBundle(bundleWith("brands.onnx"), pool);
    const other = await loadBundle(bundleWith("cars.onnx"), pool);
    expect(pool.loaded).toBe(2);
    await one[Symbol.asyncDispose]();
    expect(pool.loaded).toBe(1);
    await other[Symbol.asyncDispose]();
    expect(pool.loaded).toBe(0);
  });

  it("with a model that it cannot use holds none of the others", async () => {
    await using pool = poolOfThese();
    await expect(loadBundle(bundleWith("poses.onnx"), pool)).rejects.toMatchObject({ code: "bundle-invalid" });
    expect(pool.loaded).toBe(0);
  });
});
