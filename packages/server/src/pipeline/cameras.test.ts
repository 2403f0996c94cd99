import { SensoriumError } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { CapturePool } from "../capture/pool.ts";
import { Streams } from "../capture/streams.ts";
import { type CameraConfig, composeConfig } from "../config/config.ts";
import { LocalBus } from "../flow/bus.ts";
import { systemClock } from "../flow/supervise.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import { silentLog } from "../observe/log.ts";
import type { EventSubjects } from "./camera.ts";
import { Cameras } from "./cameras.ts";
import { PersonRegister } from "./environment/person-numbers.ts";
import type { CameraModels } from "./finders.ts";
import type { ModelShelf } from "./model-shelf.ts";
import { Recorder } from "./recorder.ts";

/** A detector for each name, and a model that cannot be used. */
class ScriptedShelf implements Pick<ModelShelf, "modelsFor" | "keepOnly"> {
  /** What is loaded now, by the model's name. */
  readonly loaded = new Map<string, CameraModels>();

  async modelsFor({ model }: CameraConfig): Promise<CameraModels> {
    if (model === "broken") throw new SensoriumError("model-invalid", "the model is broken");
    const none = { poses: undefined, densePoses: undefined, reidentifier: undefined };
    const models = this.loaded.get(model) ?? { detector: new SimulatedDetector(1), ...none };
    this.loaded.set(model, models);
    return models;
  }

  async keepOnly(used: Iterable<CameraModels>): Promise<void> {
    const detectors = new Set(Array.from(used, ({ detector }) => detector));
    for (const [name, { detector }] of this.loaded) if (!detectors.has(detector)) this.loaded.delete(name);
  }
}

/** Cameras in the environment `shop`, and with which models they look. */
function configOf(models: Readonly<Record<string, string>>) {
  const camera = { source: "http://camera.test/snapshot.jpg", environment: "shop" };
  const text = JSON.stringify({ cameras: Object.fromEntries(Object.keys(models).map((id) => [id, camera])) });
  const config = composeConfig({ environment: {}, file: { path: "sensorium.yaml", text } });
  return { ...config, cameras: config.cameras.map((each) => ({ ...each, model: models[each.id] ?? each.model })) };
}

it("models go with the last camera that looks with them, and stay with all others when a change is refused", async () => {
  await using captures = new CapturePool(1);
  await using streams = new Streams({ captures, clock: systemClock, log: silentLog });
  const log = { append: async () => [] };
  await using recorder = new Recorder(log, { log: silentLog, clock: systemClock, onRecorded: () => undefined });
  const history = { counts: async () => [], crossings: async () => [], traffic: async () => ({ periods: [] }) };
  const models = new ScriptedShelf();
  await using cameras = new Cameras({
    ...{ streams, recorder, history, models, bus: new LocalBus<EventSubjects>(), clock: systemClock, log: silentLog },
    ...{ persons: new PersonRegister({ lastPerson: async () => 0 }), reset: configOf({}).reset },
  });
  await cameras.pause("shop"); // no source is opened
  const become = (wanted: Readonly<Record<string, string>>) => cameras.become(configOf(wanted).cameras);
  const loaded = () => [...models.loaded.keys()];
  await become({ door: "a", yard: "a", shed: "b" });
  await become({ door: "a", yard: "c" });
  expect(loaded()).toEqual(["a", "c"]);
  await expect(become({ door: "broken", yard: "d" })).rejects.toMatchObject({ code: "model-invalid" });
  expect(loaded()).toEqual(["a", "c"]);
  expect(cameras.get("yard")?.settings.model).toBe("c");
  await become({ door: "c" });
  expect(loaded()).toEqual(["c"]);
});
