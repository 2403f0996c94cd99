import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cameraId, micros, wallMs } from "@sensorium/protocol";
import { preparedModels, temporaryFolder } from "@sensorium/testkit";
import { describe, expect, it } from "vitest";
import { Frame } from "../../flow/frame.ts";
import { systemClock } from "../../flow/supervise.ts";
import { silentLog } from "../../observe/log.ts";
import { findModel } from "../catalogue.ts";
import { prepareApart } from "../prepare-apart.ts";
import { tinyOnnx } from "../tiny-onnx.fixture.ts";
import { InferencePool } from "./pool.ts";
import { scripted, scriptedManifest } from "./scripted.fixture.ts";

const cacheFolder = preparedModels();

const greyFrame = (width: number, height: number) =>
  new Frame({
    camera: cameraId("door"),
    sequence: 1,
    at: micros(0),
    capturedMs: wallMs(0),
    decodedMs: wallMs(0),
    size: { width, height },
    picture: { buffer: new SharedArrayBuffer(3 * width * height), offset: 0, width, height },
    release: () => undefined,
  });

const blackCrop = {
  camera: cameraId("door"),
  picture: { buffer: new SharedArrayBuffer(3 * 96 * 192), offset: 0, width: 96, height: 192 },
  region: { x1: 0, y1: 0, x2: 96, y2: 192 },
};

const origin = { kind: "onnx", name: "scripted", path: "" } as const;
const noDelay = { ...systemClock, sleep: async () => undefined };

describe("the inference pool", () => {
  it("runs the bundled detector on a picture and finds nobody in a black one", async () => {
    await using pool = new InferencePool({ threads: 1, cacheFolder, log: silentLog });
    const detector = await pool.load(findModel("centernet"), { classes: ["person"] });
    expect(detector.format).toEqual({ width: 512, height: 512, fit: "stretch" });
    using frame = greyFrame(512, 512);
    const { detections, inferenceMs } = await detector.detect(frame);
    expect(detections.count).toBe(0);
    expect(inferenceMs).toBeGreaterThan(0);
  });

  it("runs the bundled pose model on a crop and finds nobody in a black one", async () => {
    await using pool = new InferencePool({ threads: 1, cacheFolder, log: silentLog });
    const estimator = await pool.loadModel("pose", findModel("movenet-lightning"));
    expect(estimator.format).toEqual({ width: 192, height: 192, fit: "contain" });
    const { result } = await estimator.run(blackCrop);
    expect(result.count).toBe(0);
  });

  it("refuses a model that is for another task", async () => {
    await using pool = new InferencePool({ threads: 1, cacheFolder, log: silentLog });
    await expect(pool.load(findModel("movenet-lightning"), { classes: [] })).rejects.toThrow(
      "the model movenet-lightning is for the task pose; one for detect is needed",
    );
    await expect(pool.loadModel("reid", findModel("movenet-lightning"))).rejects.toMatchObject({
      code: "model-unsupported",
    });
  });

  it("refuses a class the model does not know, naming some it does", async () => {
    await using pool = new InferencePool({ threads: 1, cacheFolder, log: silentLog });
    const loading = pool.load(findModel("centernet"), { classes: ["unicorn"] });
    await expect(loading).rejects.toThrow('the model centernet knows no class "unicorn"; it knows person, bicycle');
  });

  it("keeps a model for as long as somebody holds it, and then has every thread let go of it", async () => {
    await using pool = new InferencePool({ threads: 2, cacheFolder, log: silentLog });
    const movenet = findModel("movenet-lightning");
    const first = await pool.loadModel("pose", movenet);
    const second = await pool.loadModel("pose", movenet);
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    expect(pool.loaded).toBe(1);
    await expect(second.run(blackCrop)).resolves.toMatchObject({ result: { count: 0 } });
    await second[Symbol.asyncDispose]();
    expect(pool.loaded).toBe(0);
    const { key } = await prepareApart(movenet, cacheFolder);
    const ask = () => pool.run(blackCrop.camera, { ...blackCrop, key, minScore: 0, classes: [] });
    const asked = [ask(), ask()]; // one for each thread
    for (const answer of asked) await expect(answer).rejects.toThrow("not loaded");
    await using third = await pool.loadModel("pose", movenet);
    await expect(third.run(blackCrop)).resolves.toMatchObject({ result: { count: 0 } });
  });

  it("answers what a model was asked before it is given back, and refuses what comes after", async () => {
    await using pool = new InferencePool({ ...scripted, threads: 1 });
    const detector = await pool.load(origin, { classes: ["answers"] });
    using frame = greyFrame(32, 32);
    const asked = [detector.detect(frame), detector.detect(frame), detector.detect(frame)];
    await detector[Symbol.asyncDispose]();
    expect((await Promise.all(asked)).map(({ inferenceMs }) => inferenceMs)).toEqual([1, 1, 1]);
    await expect(detector.detect(frame)).rejects.toMatchObject({ code: "cancelled" });
  });

  it.each([
    ["cannot be read", new Uint8Array(0)],
    ["does not take bytes", tinyOnnx()],
  ])("holds nothing of a model that %s", async (_, content) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "model.onnx");
    await writeFile(path, content);
    const prepare = async () => ({ key: "broken", path, manifest: scriptedManifest });
    await using pool = new InferencePool({ threads: 1, cacheFolder, log: silentLog, prepare });
    await expect(pool.load(origin, { classes: ["answers"] })).rejects.toMatchObject({ code: "model-invalid" });
    expect(pool.loaded).toBe(0);
  });

  it("tells the caller at once when its thread dies, and replaces the thread", async () => {
    await using pool = new InferencePool({ ...scripted, threads: 1, clock: noDelay });
    const dying = await pool.load(origin, { classes: ["dies"] });
    const answering = await pool.load(origin, { classes: ["answers"] });
    using frame = greyFrame(32, 32);
    await expect(dying.detect(frame)).rejects.toMatchObject({ code: "worker-lost", retryable: true });
    // The successor has to be there: a call that comes too early is refused, never lost.
    let found = 0;
    for (let attempt = 0; attempt < 200 && found === 0; attempt++) {
      const reply = await answering.detect(frame).catch(() => null);
      if (reply) found++;
      else await new Promise((resolve) => setImmediate(resolve));
    }
    expect(found).toBe(1);
  });

  it("leaves nobody waiting when it closes", async () => {
    const pool = new InferencePool({ ...scripted, threads: 1 });
    const hanging = await pool.load(origin, { classes: ["hangs"] });
    using frame = greyFrame(32, 32);
    const running = hanging.detect(frame);
    const queued = hanging.detect(frame);
    const outcomes = Promise.allSettled([running, queued]);
    await pool[Symbol.asyncDispose]();
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(hanging.detect(frame)).rejects.toMatchObject({ code: "cancelled" });
  });
});
