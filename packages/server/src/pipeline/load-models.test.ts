import { SensoriumError } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { type CameraConfig, composeConfig } from "../config/config.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import { type ModelShelf, modelsFrom } from "./load-models.ts";

/** Loads whatever it is asked for, but for what is broken, and remembers what that was. */
class ScriptedPool {
  readonly asked: string[] = [];
  readonly broken = new Set<string>();

  load: ModelShelf["pool"]["load"] = async ({ name }, { classes }) => {
    this.#ask(`${name} for ${classes}`);
    return new SimulatedDetector(1);
  };

  loadModel: ModelShelf["pool"]["loadModel"] = async (task, { name }) => {
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

const simulated = { source: "simulated:3", model: undefined, classes: undefined };

it("cameras that want the same of a model share it, even while it loads", async () => {
  const pool = new ScriptedPool();
  const cameras = camerasOf({}, {}, { classes: ["car"] });
  const [first, second, other] = await Promise.all(cameras.map(modelsFrom({ pool, folder: "none" })));
  expect(pool.asked).toEqual(["centernet for person", "centernet for car"]);
  expect(first?.detector).toBe(second?.detector);
  expect(first?.detector).not.toBe(other?.detector);
  expect(first).toMatchObject({ poses: undefined, reidentifier: undefined });
});

it("each simulated room has a detector of its own, which no model is loaded for", async () => {
  const pool = new ScriptedPool();
  const [first, second] = await Promise.all(camerasOf(simulated, simulated).map(modelsFrom({ pool, folder: "none" })));
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
  const modelsFor = modelsFrom({ pool, folder: "none" });
  for (const settings of camerasOf(camera, camera)) {
    await expect(modelsFor(settings)).rejects.toMatchObject({ code: "model-invalid" });
  }
  expect(pool.asked.filter((name) => name === broken)).toHaveLength(2);
});

it("a model that nobody knows fails by its name, before anything is asked of the pool", async () => {
  const pool = new ScriptedPool();
  const [camera] = camerasOf({});
  const modelsFor = modelsFrom({ pool, folder: "none" });
  const failing = modelsFor({ ...(camera as CameraConfig), model: "nobody-knows" });
  await expect(failing).rejects.toMatchObject({ code: "model-not-found" });
  expect(pool.asked).toEqual([]);
});
