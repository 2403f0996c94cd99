import { micros, wallMs } from "@sensorium/protocol";
import { beforeEach, expect, it } from "vitest";
import { composeConfig } from "../config/config.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import { type CameraInit, CameraWatch } from "./camera-watch.ts";
import { restoreTraffic } from "./restore.ts";
import { Tally } from "./tally.ts";

const size = { width: 100, height: 100 };
const reset = { time: "00:00", zone: "UTC" };
const noHistory = {
  counts: async () => [],
  crossings: async () => [],
  traffic: async () => ({ periods: [] }),
};

/** A camera in an environment where this many people have been seen, with a line down the middle of its picture. */
async function cameraIn(environment: string, { people }: { readonly people: number }): Promise<CameraInit> {
  const text = `cameras: { yard: { source: "simulated:1", environment: ${environment}, lines: { gate: "0.5,0,0.5,1" } } }`;
  const [settings] = composeConfig({ environment: {}, file: { path: "sensorium.yaml", text } }).cameras;
  if (!settings) throw new Error("no camera");
  const counting = { reset, lines: ["gate"], nowMs: wallMs(0) };
  const own = {
    ...{ detector: new SimulatedDetector(1), poses: undefined, densePoses: undefined, reidentifier: undefined },
    numbers: { last: people },
    tally: new Tally({ ...counting, counted: [] }),
    traffic: await restoreTraffic(noHistory, { ...counting, camera: settings.id, traffic: settings.traffic }),
  };
  return { settings, own };
}

/** Somebody walks to the right, from frame to frame, ten a second. */
function step(watch: CameraWatch, frame: number) {
  const at = micros(100_000 * frame);
  const x = 20 + 2 * frame;
  const detections = {
    count: 1,
    boxes: Float32Array.of(x, 20, x + 20, 80),
    scores: Float32Array.of(0.9),
    classes: new Uint16Array(1),
  };
  const now = wallMs(at / 1000);
  const watched = {
    ...watch.analysis.step(detections, { size, at }),
    ...{ sequence: frame, at, capturedMs: now, decodedMs: now, inferredMs: now, inferenceMs: 0 },
    ...{ keypoints: null, appearances: null, surfaces: null },
  };
  const [track] = watched.tracked.tracks;
  const [person] = watch.people(watched)?.shown.frame.persons ?? [];
  return { track, person, events: watch.changes(watched) };
}

/** What there was in the last of the frames, and all that happened. */
function walk(watch: CameraWatch, from: number, to: number) {
  const steps = Array.from({ length: to - from }, (_, i) => step(watch, from + i));
  return { ...steps.at(-1), events: steps.flatMap(({ events }) => events) };
}

let watch: CameraWatch;
beforeEach(async () => {
  watch = new CameraWatch(await cameraIn("north", { people: 6 }));
});

it("somebody who walks through the picture is one track and one person, and crosses its line once", () => {
  const { track, person, events } = walk(watch, 0, 30);
  expect([track, person]).toEqual([1, 7]);
  expect(events).toMatchObject([{ type: "crossing", line: "gate", environment: "north", camera: "yard" }]);
});

it("a camera that moves to another environment keeps its tracks, numbers people anew, and tells of the other", async () => {
  walk(watch, 0, 10);
  watch.become(await cameraIn("south", { people: 40 }));
  const { track, person, events } = walk(watch, 10, 30);
  expect([track, person]).toEqual([1, 41]);
  expect(events).toMatchObject([{ type: "crossing", environment: "south" }]);
});

it("a camera whose lines change keeps its tracks and its people", () => {
  walk(watch, 0, 10);
  const { settings, own } = watch;
  watch.become({ settings: { ...settings, lines: [] }, own });
  expect(walk(watch, 10, 30)).toMatchObject({ track: 1, person: 7, events: [] });
});

it("people of a source that is opened again are others", () => {
  walk(watch, 0, 10);
  watch.begin();
  expect(walk(watch, 0, 10)).toMatchObject({ track: 1, person: 8 });
});
