import { SensoriumError } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { type CameraConfig, composeConfig } from "../config/config.ts";
import type { ModelManifest } from "../models/manifest.ts";
import { InferencePool } from "../models/onnx/pool.ts";
import { scripted, scriptedManifest } from "../models/onnx/scripted.fixture.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import type { CameraModels } from "./finders.ts";
import { ModelShelf, type ModelSource } from "./model-shelf.ts";

/** Loads whatever it is asked for, but for what is broken, and remembers what that was. */
class ScriptedPool {
  readonly asked: string[] = [];
  readonly broken = new Set<string>();

  load: ModelSource["pool"]["load"] = async ({ name }, { classes }) => {
    this.#ask(`${name} for ${classes}`);
    return new SimulatedDetector(1);
  };

  loadModel: ModelSource["pool"]["loadModel"] = async (task, { name }) => {
    this.#ask(name);
    throw new SensoriumError("model-unsupported", `nothing is scripted for ${task}`);
  };

  #ask(what: string): void {
    this.asked.push(what);
    if (this.broken.has(what)) throw new SensoriumError("model-invalid", `${what} is broken`);
  }
}

function camerasOf(...cameras: readonly object[]): readonly CameraConfig[] {
  const common = { source: "http://camera.test/snapshot.jpg", model: "centernet", classes: ["person"] };
  const entries = cameras.map((camera, i) => [`camera${i}`, { ...common, ...camera }] as const);
  const text = JSON.stringify({ cameras: Object.fromEntries(entries) });
  return composeConfig({ environment: {}, file: { path: "sensorium.yaml", text } }).cameras;
}

/** What each of some cameras gets from one shelf. */
function loadAll(cameras: readonly CameraConfig[], pool: ModelSource["pool"]): Promise<CameraModels[]> {
  const shelf = new ModelShelf({ pool, folder: "none" });
  return Promise.all(cameras.map((camera) => shelf.modelsFor(camera)));
}

const simulated = { source: "simulated:3", model: undefined, classes: undefined };

it("cameras that want the same of a model share it, even while it loads", async () => {
  const pool = new ScriptedPool();
  const cameras = camerasOf({}, {}, { classes: ["car"] });
  const [first, second, other] = await loadAll(cameras, pool);
  expect(pool.asked).toEqual(["centernet for person", "centernet for car"]);
  expect(first?.detector).toBe(second?.detector);
  expect(first?.detector).not.toBe(other?.detector);
  expect(first).toMatchObject({ poses: undefined, reidentifier: undefined });
});

it("each simulated room has a detector of its own, which no model is loaded for", async () => {
  const pool = new ScriptedPool();
  const [first, second] = await loadAll(camerasOf(simulated, simulated), pool);
  expect(pool.asked).toEqual([]);
  expect(first?.detector).not.toBe(second?.detector);
});

it.each([
  { what: "a detector", camera: {}, broken: "centernet for person" },
  { what: "a DensePose model", camera: { densePose: "movenet-lightning" }, broken: "movenet-lightning" },
  { what: "a pose model", camera: { pose: "movenet-lightning" }, broken: "movenet-lightning" },
])("$what that could not be loaded is tried again the next time", async ({ camera, broken }) => {
  const pool = new ScriptedPool();
  pool.broken.add(broken);
  const shelf = new ModelShelf({ pool, folder: "none" });
  for (const settings of camerasOf(camera, camera)) {
    await expect(shelf.modelsFor(settings)).rejects.toMatchObject({ code: "model-invalid" });
  }
  expect(pool.asked.filter((name) => name === broken)).toHaveLength(2);
});

it("a model that nobody knows fails by its name, before anything is asked of the pool", async () => {
  const pool = new ScriptedPool();
  const [camera] = camerasOf({});
  const shelf = new ModelShelf({ pool, folder: "none" });
  const failing = shelf.modelsFor({ ...(camera as CameraConfig), model: "nobody-knows" });
  await expect(failing).rejects.toMatchObject({ code: "model-not-found" });
  expect(pool.asked).toEqual([]);
});

it("models that no camera uses any more are unloaded, and loaded again when one does", async () => {
  const { thresholds: _, classes: __, ...common } = scriptedManifest;
  const crop = { margin: 0, square: false };
  const detector = { ...scriptedManifest, classes: ["person", "car"] };
  const poses: ModelManifest = { ...common, task: "pose", family: "movenet", crop, minScore: 0 };
  await using pool = new InferencePool({
    ...{ ...scripted, threads: 1 },
    prepare: async ({ name }) => ({ key: name, path: "", manifest: name === "centernet" ? detector : poses }),
  });
  const shelf = new ModelShelf({ pool, folder: "none" });
  const wanted = camerasOf({}, { classes: ["car"] }, { pose: "movenet-lightning" });
  const [people, cars] = await Promise.all(wanted.map((camera) => shelf.modelsFor(camera)));
  expect(pool.loaded).toBe(2);
  if (people) await shelf.keepOnly([people]);
  expect(pool.loaded).toBe(1);
  await shelf.keepOnly([]);
  expect(pool.loaded).toBe(0);
  const [again] = await Promise.all(wanted.slice(1, 2).map((camera) => shelf.modelsFor(camera)));
  expect(again?.detector).not.toBe(cars?.detector);
  expect(pool.loaded).toBe(1);
});
