import type { BodySurface, Box } from "@sensorium/perception";
import { cameraId, type Detections, microsFromSeconds, type Size, type Tracked, wallMs } from "@sensorium/protocol";
import sharp from "sharp";
import { beforeEach, describe, expect, it } from "vitest";
import { Frame } from "../flow/frame.ts";
import type { Answer, Crop, DensePoseEstimator } from "../models/crop-model.ts";
import { DensePoseFinder } from "./dense-pose-finder.ts";

const size = { width: 200, height: 100 };
const [near, far]: readonly [Box, Box] = [
  { x1: 10, y1: 10, x2: 50, y2: 90 },
  { x1: 150, y1: 20, x2: 170, y2: 60 },
];

/** Two people, and a dog in the place of the first. */
const detections: Detections = {
  count: 3,
  boxes: Float32Array.from([near, far, near].flatMap(({ x1, y1, x2, y2 }) => [x1, y1, x2, y2])),
  scores: Float32Array.of(0.9, 0.8, 0.9),
  classes: Uint16Array.of(0, 0, 16),
};

/** The two people, in a picture that may be larger or smaller. */
const trackedIn = ({ width, height }: Size): Tracked => ({
  count: 2,
  boxes: detections.boxes.slice(0, 8).map((value, i) => (i % 2 === 0 ? (value * width) / 200 : (value * height) / 100)),
  scores: detections.scores.slice(0, 2),
  classes: new Uint16Array(2),
  tracks: Int32Array.of(7, 8),
});

/** Takes whoever is near for one part all over, and finds nobody in the distance. */
class ScriptedDensePose implements DensePoseEstimator {
  readonly model = {
    name: "scripted",
    task: "dense-pose",
    family: "densepose",
    provider: "none",
    classes: [],
    licence: "none",
  } as const;
  readonly format = { width: 16, height: 16, fit: "stretch" } as const;
  readonly concurrency = 1;
  /** What was looked at. */
  readonly regions: Box[] = [];
  /** What a look takes of the hand-driven clock. */
  takesMs = 0;
  nowMs = 0;

  regionOf(box: Box): Box {
    return box;
  }

  async run({ region }: Crop): Promise<Answer<"dense-pose">> {
    this.regions.push(region);
    this.nowMs += this.takesMs;
    const body: BodySurface = { box: region, width: 2, height: 1, iuv: Uint8Array.of(5, 0, 255, 0, 0, 0) };
    return { result: region.x1 < 100 ? body : null, inferenceMs: 0, decodeMs: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function frameAt(seconds: number): Frame {
  return new Frame({
    ...{ camera: cameraId("door"), sequence: 1, at: microsFromSeconds(seconds), size, picture: null },
    ...{ capturedMs: wallMs(0), decodedMs: wallMs(0), release: () => undefined },
    parts: {
      crop: async () => ({
        ...{ buffer: new SharedArrayBuffer(0), offset: 0, width: 0, height: 0 },
        [Symbol.dispose]: () => undefined,
      }),
      jpeg: () => Promise.reject(new Error("nobody wants it")),
    },
  });
}

let model: ScriptedDensePose;
let finder: DensePoseFinder;
beforeEach(() => {
  model = new ScriptedDensePose();
  finder = new DensePoseFinder(model, { person: 0, minScore: 0.5, now: () => model.nowMs });
});

/** What is told of a frame's tracks, in a picture of another size where that is said. */
async function surfacesAt(seconds: number, shown: Size = size) {
  using frame = frameAt(seconds);
  const found = await finder.find(frame, detections);
  return finder.follow(trackedIn(shown), found, { at: frame.at, from: size, size: shown });
}

/** Somebody asks for a track in this frame. */
const askAt = async (seconds: number, shown?: Size) => (await surfacesAt(seconds, shown)).of(7);

describe("a finder of dense poses", () => {
  it("looks at nobody before somebody asks, and at everybody from the next frame on", async () => {
    await surfacesAt(1);
    expect(await askAt(2)).toBeNull();
    expect(model.regions).toEqual([]);
    await surfacesAt(2.1);
    expect(model.regions).toEqual([near, far]);
  });

  it("tells a track's own surface as a picture of part, U and V, by whose word it is, and none of who is not found", async () => {
    await askAt(1);
    const surfaces = await surfacesAt(1.1);
    const { png, ...surface } = surfaces.of(7) ?? {};
    expect(surface).toEqual({ model: "scripted", box: near });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ format: "raw", width: 2, height: 1, channels: 3 });
    expect([...data]).toEqual([5, 0, 255, 0, 0, 0]);
    expect(surfaces.of(8)).toBeNull();
    expect(surfaces.of(9)).toBeNull();
  });

  it("tells it in the pixels that the tracks are in", async () => {
    await askAt(1);
    const surface = await askAt(1.1, { width: 400, height: 50 });
    expect(surface?.box).toEqual({ x1: 20, y1: 5, x2: 100, y2: 45 });
  });

  it("stops when nobody has asked for ten seconds, by a clock that may begin anew", async () => {
    await askAt(100);
    await surfacesAt(110);
    expect(model.regions).toHaveLength(2);
    await surfacesAt(110.1);
    await surfacesAt(0);
    expect(model.regions).toHaveLength(2);
  });

  it("rests as long as a look took", async () => {
    model.takesMs = 150;
    await askAt(1);
    await surfacesAt(1.1);
    expect(model.regions).toHaveLength(2);
    model.nowMs += 299;
    await surfacesAt(1.7);
    expect(model.regions).toHaveLength(2);
    model.nowMs += 1;
    await surfacesAt(1.8);
    expect(model.regions).toHaveLength(4);
  });
});
