import { join } from "node:path";
import { cameraId, lineId, micros, secondsOf } from "@sensorium/protocol";
import { hasSharedData, preparedModels, sharedData, temporaryFolder } from "@sensorium/testkit";
import { cutClip } from "@sensorium/testkit/clip";
import { describe, expect, it } from "vitest";
import { CapturePool } from "../../packages/server/src/capture/pool.ts";
import { findModel } from "../../packages/server/src/models/catalogue.ts";
import { InferencePool } from "../../packages/server/src/models/onnx/pool.ts";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { Analysis } from "../../packages/server/src/pipeline/analysis.ts";
import { watch } from "../../packages/server/src/pipeline/watch.ts";
import { parseSource } from "../../packages/server/src/sources/source.ts";

const video = sharedData("video/one-by-one-person-detection.mp4");
const model = sharedData("models/detect/yolox_nano.onnx");
const SECONDS = 75;
const FRAMES = 751;
/** Somebody is in the picture in all but these, by the detector's own word. */
const EMPTY = 193;
const truth = [18.8, 44.0, 69.0];
const ignore = (): void => undefined;
const handlers = { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: ignore };

describe.runIf(hasSharedData)("a motion gate on three people who walk out to the right, one at a time", () => {
  it("loses none of them, and saves half of the looks at the empty room", { timeout: 240_000 }, async () => {
    await using folder = await temporaryFolder();
    const clip = await cutClip(video, { path: join(folder.path, "clip.mp4"), seconds: SECONDS });
    await using captures = new CapturePool(1);
    await using inference = new InferencePool({ threads: 2, cacheFolder: preparedModels(), log: silentLog });
    const detector = await inference.load(findModel(model), { classes: ["person"] });
    await using capture = captures.open({
      camera: cameraId("room"),
      source: parseSource(clip),
      pace: "fast",
      format: detector.format,
      slots: 2,
      startAt: micros(0),
      motion: {},
      handlers,
    });
    const door = { id: lineId("door"), a: { x: 0.72, y: 0.2 }, b: { x: 0.72, y: 1 } };
    const { thresholds } = detector.model;
    const settings = { lines: [door], zones: [], tracker: "byte-track" as const, thresholds };
    const crossings: string[] = [];
    for await (const watched of watch(capture, { detector, analysis: new Analysis(settings), concurrency: 2 })) {
      for (const { at, direction } of watched.crossings) {
        const near = truth.findIndex((moment) => Math.abs(secondsOf(at) - moment) <= 1);
        crossings.push(`${near} ${direction}`);
      }
    }
    expect(crossings).toEqual(truth.map((_, i) => `${i} in`));
    expect(capture.totals).toMatchObject({ captured: FRAMES, dropped: 0 });
    expect(capture.totals.gated).toBeGreaterThan(EMPTY / 2);
  });
});
