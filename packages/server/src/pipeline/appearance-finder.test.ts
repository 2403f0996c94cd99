import type { Box } from "@sensorium/perception";
import { cameraId, type Detections, type Embedding, type Micros, microsFromSeconds, wallMs } from "@sensorium/protocol";
import { hasSharedData, preparedModels, sharedData } from "@sensorium/testkit";
import { describe, expect, it } from "vitest";
import { Frame } from "../flow/frame.ts";
import { fileOrigin } from "../models/catalogue.ts";
import { cropOf, type Pixels, readPixels } from "../models/crop.fixture.ts";
import type { Reidentifier } from "../models/crop-model.ts";
import { InferencePool } from "../models/onnx/pool.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import { silentLog } from "../observe/log.ts";
import { Analysis } from "./analysis.ts";
import { AppearanceFinder, whomToLookAt } from "./appearance-finder.ts";
import { PeopleWatch } from "./people-watch.ts";
import { watch } from "./watch.ts";

const people = { person: 0, minScore: 0.5 };

const detectionsOf = (boxes: readonly Box[], scores = boxes.map(() => 0.9)): Detections => ({
  count: boxes.length,
  boxes: Float32Array.from(boxes.flatMap(({ x1, y1, x2, y2 }) => [x1, y1, x2, y2])),
  scores: Float32Array.from(scores),
  classes: new Uint16Array(boxes.length),
});

describe("whom to look at", () => {
  const box = (x: number): Box => ({ x1: x, y1: 0, x2: x + 50, y2: 100 });
  const followed = {
    tracked: { ...detectionsOf([box(100), box(200), box(300)]), tracks: Int32Array.of(7, 8, 9) },
    lookedAt: new Map([
      [7, microsFromSeconds(10)],
      [8, microsFromSeconds(5)],
    ]),
  };
  const wanted = (detections: Detections, seconds: number): number[] =>
    whomToLookAt(detections, { ...people, followed, at: microsFromSeconds(seconds) }).map(({ index }) => index);

  it.each([
    ["a newcomer", [box(600)], undefined, [0]],
    ["who has a track and was never looked at", [box(305)], undefined, [0]],
    ["who was looked at long ago, and not who just was", [box(105), box(205)], undefined, [1]],
    ["newcomers before others, the surest first", [box(205), box(500), box(600)], [0.99, 0.6, 0.8], [2, 1, 0]],
    ["nobody who is hardly seen", [box(600)], [0.4], []],
    [
      "not more than eight",
      Array.from({ length: 30 }, (_, i) => box(400 + 60 * i)),
      undefined,
      [0, 1, 2, 3, 4, 5, 6, 7],
    ],
  ])("%s", (_, boxes, scores, indices) => {
    expect(wanted(detectionsOf(boxes, scores), 10.5)).toEqual(indices);
  });

  it("everybody again after a second, and when the clock has begun anew", () => {
    expect(wanted(detectionsOf([box(105)]), 11)).toEqual([0]);
    expect(wanted(detectionsOf([box(105)]), 0)).toEqual([0]);
  });

  it("nothing that is no person", () => {
    expect(wanted({ ...detectionsOf([box(600)]), classes: Uint16Array.of(2) }, 10.5)).toEqual([]);
  });
});

/** Of a picture of the street, 810 × 1080: somebody at the left, a little later and to the right, and somebody else. */
const left: Box = { x1: 50, y1: 400, x2: 245, y2: 903 };
const leftLater: Box = { x1: 56, y1: 406, x2: 250, y2: 900 };
const right: Box = { x1: 669, y1: 392, x2: 810, y2: 877 };
const size = { width: 810, height: 1080 };

/** Somebody is there for three seconds, gone for 30 and back; then, after six more, somebody else comes. */
const courses: readonly { readonly box: Box; readonly from: number; readonly to: number }[] = [
  { box: left, from: 0, to: 3 },
  { box: leftLater, from: 33, to: 36 },
  { box: right, from: 42, to: 45 },
];

const seenAt = (at: Micros): Detections =>
  detectionsOf(
    courses.filter(({ from, to }) => at >= microsFromSeconds(from) && at < microsFromSeconds(to)).map(({ box }) => box),
  );

/** Finds who is there by the time alone. */
class ScriptedDetector extends SimulatedDetector {
  override async detect(frame: Frame) {
    return { detections: seenAt(frame.at), inferenceMs: 0, decodeMs: 0 };
  }
}

/** The person of each track that there was, from the first one on; five frames a second of one still picture. */
async function personsOf(pixels: Pixels | undefined, reidentifier?: Reidentifier): Promise<number[]> {
  const frames = Array.from({ length: 5 * 45 }, (_, i) => frameOf(i, pixels));
  const detector = new ScriptedDetector(1);
  const { thresholds } = detector.model;
  const watched = watch(
    {
      async *frames() {
        yield* frames;
      },
      attend: () => undefined,
    },
    {
      ...{ detector, concurrency: 2 },
      analysis: new Analysis({ lines: [], zones: [], tracker: "byte-track", thresholds }),
      appearances: reidentifier && new AppearanceFinder(reidentifier, people),
    },
  );
  const watcher = new PeopleWatch(0, { last: 0 });
  const persons = new Map<number, number>();
  for await (const seen of watched) {
    const { frame } = watcher.step(seen, seen.at);
    frame.tracked.tracks.forEach((track, i) => {
      persons.set(track, frame.persons[i] ?? 0);
    });
  }
  return [...persons.values()];
}

function frameOf(index: number, pixels: Pixels | undefined): Frame {
  const nothing = { buffer: new SharedArrayBuffer(0), offset: 0, width: 0, height: 0 };
  return new Frame({
    ...{ camera: cameraId("street"), sequence: index, at: microsFromSeconds(index / 5), size, picture: null },
    ...{ capturedMs: wallMs(0), decodedMs: wallMs(0), release: () => undefined },
    parts: {
      crop: async (region, format) => ({
        ...(pixels ? (await cropOf(pixels, region, format)).picture : nothing),
        [Symbol.dispose]: () => undefined,
      }),
      jpeg: () => Promise.reject(new Error("nobody wants it")),
    },
  });
}

/** Tells people by where they stand, and counts how often it looks. */
class ScriptedReidentifier implements Reidentifier {
  readonly model = {
    name: "scripted",
    task: "reid",
    family: "osnet",
    provider: "none",
    classes: [],
    licence: "none",
  } as const;
  readonly format = { width: 1, height: 1, fit: "stretch" } as const;
  readonly concurrency = 1;
  looks = 0;

  regionOf(box: Box): Box {
    return box;
  }

  async run({ region }: { readonly region: Box }) {
    this.looks++;
    const result: Embedding = region.x1 < 300 ? Float32Array.of(1, 0) : Float32Array.of(0, 1);
    return { result, inferenceMs: 0, decodeMs: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

describe("somebody who leaves, and comes back after half a minute", () => {
  it("has their number again by their looks, at hardly more than a look a second; who comes later has another", async () => {
    const reidentifier = new ScriptedReidentifier();
    expect(await personsOf(undefined, reidentifier)).toEqual([1, 1, 2]);
    expect(reidentifier.looks).toBeGreaterThanOrEqual(9);
    expect(reidentifier.looks).toBeLessThanOrEqual(18);
  });

  it("is somebody new where no model knows how they look", async () => {
    expect(await personsOf(undefined)).toEqual([1, 2, 3]);
  });

  it.runIf(hasSharedData)("has their number again by what OSNet sees of them", async () => {
    await using pool = new InferencePool({ threads: 1, cacheFolder: preparedModels(), log: silentLog });
    const reidentifier = await pool.loadModel("reid", fileOrigin(sharedData("models/reid/osnet_x0_25_msmt17.onnx")));
    expect(await personsOf(await readPixels(sharedData("images/ultralytics/bus.jpg")), reidentifier)).toEqual([
      1, 1, 2,
    ]);
  });
});
