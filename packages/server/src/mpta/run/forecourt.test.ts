import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cameraId, type Micros, micros } from "@sensorium/protocol";
import { hasSharedData, preparedModels, sharedData, temporaryFolder } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CapturePool } from "../../capture/pool.ts";
import { InferencePool } from "../../models/onnx/pool.ts";
import { silentLog } from "../../observe/log.ts";
import { parseSource } from "../../sources/source.ts";
import { type Bundle, openBundle } from "../bundle.ts";
import { packBundle } from "../pack.ts";
import { benchBundle } from "./bench.ts";
import { carPicture, forecourtPipeline, putForecourt } from "./forecourt.fixture.ts";
import { type LoadedBundle, loadBundle } from "./loaded-bundle.ts";
import { withPicture } from "./picture.ts";
import { attributesOf } from "./result.ts";
import { runPipeline } from "./run-pipeline.ts";
import { runSelfTest } from "./self-test.ts";
import { type VisitStep, Visits } from "./visits.ts";

const connections = {
  redis: { host: "127.0.0.1", port: 6379 },
  postgresql: { host: "127.0.0.1", port: 5432, database: "d", username: "u", password: "p" },
};

describe.skipIf(!hasSharedData)("the documented pipeline with real models", () => {
  let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
  let pool: InferencePool;
  let captures: CapturePool;

  beforeAll(async () => {
    temporary = await temporaryFolder();
    pool = new InferencePool({ threads: 2, cacheFolder: preparedModels(), log: silentLog });
    captures = new CapturePool(1);
  });
  afterAll(async () => {
    await captures[Symbol.asyncDispose]();
    await pool[Symbol.asyncDispose]();
    await temporary[Symbol.asyncDispose]();
  });

  let made = 0;
  /** Packs a bundle and opens it again. */
  async function bundleOf(pipeline: object, files: Readonly<Record<string, string | Buffer>> = {}): Promise<Bundle> {
    const folder = join(temporary.path, `bundle-${++made}`);
    await putForecourt(folder, pipeline);
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    await packBundle(folder, { out: `${folder}.mpta` });
    return await openBundle(`${folder}.mpta`, { cacheFolder: join(temporary.path, "bundles") });
  }

  const load = async (pipeline: object): Promise<LoadedBundle> => loadBundle(await bundleOf(pipeline), pool);

  it("classifies the best car of a still picture, and does everything for it once", async () => {
    const loaded = await load(forecourtPipeline({}, connections));
    expect(loaded.warnings).toEqual([]);
    const options = { path: carPicture("000000000247"), format: loaded.format };
    await withPicture(captures, options, async (frame) => {
      const result = await runPipeline(loaded.root, frame);
      expect(result.failures).toEqual([]);
      expect(result.root?.primary).toMatchObject({ class: "car", box: { x1: expect.closeTo(56, -1) } });
      expect(attributesOf(result.root)).toMatchObject({ carBrand: "Lamborghini", bodyType: "cars" });
      const { due } = new Visits(loaded).step(result, { ...frame, cameraId: "d1;c1", displayId: "d1" });
      expect(due.map(({ action }) => action.type)).toEqual([
        "begin_record",
        "redis_save_image",
        "redis_publish",
        "postgresql_update_combined",
      ]);
      expect(due[1]?.region).toEqual(result.root?.primary.box);
      expect(due[3]?.values).toMatchObject({
        "car_brand_cls_v1.brand": "Lamborghini",
        "car_bodytype_cls_v1.body_type": "cars",
      });
    });
  });

  it("finds nothing in a picture without cars", async () => {
    const loaded = await load(forecourtPipeline());
    const options = { path: sharedData("images/faces/couple.jpg"), format: loaded.format };
    const result = await withPicture(captures, options, (frame) => runPipeline(loaded.root, frame));
    expect(result).toMatchObject({ root: null, stop: "nothing", failures: [] });
  });

  it("looks only at the part of the picture that the subscription shows", async () => {
    const loaded = await load(forecourtPipeline());
    const region = { x1: 20, y1: 150, x2: 260, y2: 300 };
    await using capture = captures.open({
      ...{
        camera: cameraId("part"),
        source: parseSource(carPicture("000000000247")),
        pace: "fast",
        startAt: micros(0),
      },
      ...{ format: loaded.format, region, slots: 1, keeps: true, handlers: quiet },
    });
    for await (const frame of capture.frames()) {
      using held = frame;
      const { root } = await runPipeline(loaded.root, held);
      const { x1, y1, x2, y2 } = root?.primary.box ?? { x1: 0, y1: 0, x2: 0, y2: 0 };
      for (const [found, whole] of [
        [x1, 56],
        [y1, 184],
        [x2, 140],
        [y2, 222],
      ])
        expect(found).toBeCloseTo(whole ?? 0, -1.3);
      expect(root?.branches.size).toBe(2);
    }
  });

  it("keeps one session for each car of a video", async () => {
    const low = { minConfidence: 0.2 };
    const { branches } = forecourtPipeline().pipeline;
    const more = { ...low, branches: branches.map((branch) => ({ ...branch, ...low })) };
    const loaded = await load(forecourtPipeline(more, connections));
    const visits = new Visits(loaded);
    const steps: (VisitStep & { readonly at: Micros })[] = [];
    await using capture = captures.open({
      ...{ camera: cameraId("cars"), source: parseSource(sharedData("video/car-detection.mp4")), pace: "fast" },
      ...{ format: loaded.format, slots: 2, startAt: micros(0), keeps: true, handlers: quiet },
    });
    for await (const frame of capture.frames()) {
      using held = frame;
      const { at, capturedMs } = held;
      // The first car is in sight from 5.0 to 8.4 s.
      if (at > micros(10e6)) break;
      const result = at < micros(4.5e6) ? nothing : await runPipeline(loaded.root, held);
      steps.push({ at, ...visits.step(result, { at, capturedMs, cameraId: "d1;c1", displayId: "d1" }) });
    }
    const sessions = steps.flatMap(({ session }) => session ?? []);
    expect(sessions.length).toBeGreaterThan(8);
    expect(new Set(sessions).size).toBe(1);
    expect(steps.filter(({ begins }) => begins)).toHaveLength(1);
  });

  it("loads a model once for two bundles that hold it", async () => {
    const [one, other] = [await load(forecourtPipeline()), await load(forecourtPipeline({ minConfidence: 0.7 }))];
    expect(one.digest).not.toBe(other.digest);
    expect(pool.loaded).toBe(3);
  });

  it("says which classes the models do not know, and runs all the same", async () => {
    const { branches } = forecourtPipeline().pipeline;
    const more = {
      triggerClasses: ["Car", "car"],
      expectedClasses: ["Frontal"],
      branches: [{ ...branches[0], cropClass: "Front" }],
    };
    const { warnings } = await load(forecourtPipeline({ ...more, parallelActions: [] }));
    expect(warnings.map(({ where, message }) => `${where} ${message.replace(/ it knows.*/, "")}`)).toEqual([
      "pipeline.json: pipeline.triggerClasses has Car, which the model yolov5n.pt does not know; did you mean car?",
      "pipeline.json: pipeline.expectedClasses has Frontal, which the model yolov5n.pt does not know;",
      "pipeline.json: pipeline.branches.0.cropClass has Front, which the model yolov5n.pt does not know;",
    ]);
  });

  it.each([
    [{ classes: ["car"], branches: { car_brand_cls_v1: "Lamborghini" } }, []],
    [
      { classes: ["car", "truck"], branches: { car_brand_cls_v1: "Audi" } },
      [
        "manifest.json: selfTest.expect.classes has truck, and car_frontal_detection_v1 finds car in car.jpg",
        "manifest.json: selfTest.expect.branches.car_brand_cls_v1 is Audi, and the branch gives Lamborghini for car.jpg",
      ],
    ],
  ])("passes or fails its self-test: %j", async (expected, problems) => {
    const selfTest = { picture: "car.jpg", expect: expected };
    const manifest = JSON.stringify({ format: "sensorium-bundle/1", selfTest });
    const picture = await readFile(carPicture("000000000247"));
    const bundle = await bundleOf(forecourtPipeline(), { "manifest.json": manifest, "car.jpg": picture });
    const loaded = await loadBundle(bundle, pool);
    const remarks = await runSelfTest(bundle, { loaded, captures });
    expect(remarks.map(({ where, message }) => `${where} ${message}`)).toEqual(problems);
  });

  it("is measured: every model, its branches in turn and together, and the whole", async () => {
    const loaded = await load(forecourtPipeline());
    const options = { path: carPicture("000000000247"), format: loaded.format };
    const bench = await withPicture(captures, options, (frame) => benchBundle(loaded.root, frame, { rounds: 3 }));
    expect(bench.nodes.map(({ modelId }) => modelId)).toEqual([
      "car_frontal_detection_v1",
      "car_brand_cls_v1",
      "car_bodytype_cls_v1",
    ]);
    for (const { p50, p95, run, decode } of bench.nodes) {
      expect(run).toBeGreaterThan(0);
      expect(decode).toBeGreaterThan(0);
      expect(p50).toBeGreaterThanOrEqual(run);
      expect(p95).toBeGreaterThanOrEqual(p50);
    }
    const figures = { ratio: expect.any(Number), slowest: expect.any(Number) };
    expect(bench.branches).toMatchObject([{ modelId: "car_frontal_detection_v1", ...figures }]);
    expect(bench.pipeline.p50).toBeGreaterThan(bench.beyond.p50);
  });
});

const ignore = (): void => undefined;
const quiet = { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: ignore };
const nothing = { root: null, stop: "nothing", seen: [], timings: [], failures: [], ms: 0, modelMs: 0 } as const;
