import { type CameraId, cameraId, micros, type Size, type SourceState, wallMs } from "@sensorium/protocol";
import type { StreamUse } from "../../capture/stream-tap.ts";
import { Frame } from "../../flow/frame.ts";
import type { Clock } from "../../flow/supervise.ts";
import type { LoadedBundle } from "../../mpta/run/loaded-bundle.ts";
import { found, pipelineOf, ScriptedModel, scripted, taken } from "../../mpta/run/scripted.fixture.ts";
import type { Source } from "../../sources/source.ts";
import type { FrameStreams, FrameTap } from "../../worker/lookout.ts";
import type { HandClock } from "./hand-clock.ts";

/** A supervisor's time that passes as the test's does. */
export const supervisorClock = (clock: HandClock): Clock => ({
  now: () => clock.now(),
  random: () => 1,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      signal.addEventListener("abort", () => {
        timer[Symbol.dispose]();
        resolve();
      });
      if (signal.aborted || ms <= 0) resolve();
    }),
});

/** What every frame's picture is as JPEG. */
export const JPEG = Buffer.from("/9j/4AAQSkZJRg==", "base64");

const addressOf = (source: Source): string => ("url" in source ? source.url : source.kind);

/** Cameras that send what a test tells them to. */
export class ScriptedStreams implements FrameStreams {
  /** Those who look at a camera now, in the order in which they came. */
  readonly taps: ScriptedTap[] = [];
  #waiting: (() => void)[] = [];

  join(source: Source, use: StreamUse): FrameTap {
    const tap = new ScriptedTap(source, use, () => {
      this.taps.splice(this.taps.indexOf(tap), 1);
      this.#tell();
    });
    this.taps.push(tap);
    use.onState({ state: "connecting", reason: null });
    this.#tell();
    return tap;
  }

  of(url: string): ScriptedTap[] {
    return this.taps.filter(({ source }) => addressOf(source) === url);
  }

  /** What the camera is like, for all who look. */
  become(url: string, state: SourceState, reason: string | null = null): void {
    for (const { use } of this.of(url)) use.onState({ state, reason });
  }

  /** A frame, captured at this Unix millisecond, for all who look; they go online with it. */
  show(url: string, capturedMs: number, size: Size = { width: 640, height: 480 }): void {
    this.become(url, "online");
    for (const tap of this.of(url)) tap.show(capturedMs, size);
  }

  /** Resolves once the condition holds; looked at whenever somebody comes or goes. */
  async until(holds: (streams: ScriptedStreams) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** One who looks at a scripted camera. */
export class ScriptedTap implements FrameTap {
  readonly source: Source;
  readonly use: StreamUse;
  readonly #leave: () => void;
  readonly #frames: Frame[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(source: Source, use: StreamUse, leave: () => void) {
    this.source = source;
    this.use = use;
    this.#leave = leave;
  }

  show(capturedMs: number, size: Size): void {
    this.#frames.push(frameAt(capturedMs, { size, use: this.use }));
    this.#wake?.();
  }

  async *frames(): AsyncGenerator<Frame, void, undefined> {
    while (!this.#ended) {
      const frame = this.#frames.shift();
      if (frame) yield frame;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake?.();
    this.#leave();
  }
}

function frameAt(capturedMs: number, { size, use }: { readonly size: Size; readonly use: StreamUse }): Frame {
  const camera: CameraId = cameraId(use.camera);
  return new Frame({
    ...{ camera, sequence: 1, at: micros(capturedMs * 1000), size, picture: null, region: use.region },
    ...{ capturedMs: wallMs(capturedMs), decodedMs: wallMs(capturedMs), release: () => undefined },
    parts: { jpeg: async () => JPEG, crop: () => Promise.reject(new Error("a scripted frame has no pixels")) },
  });
}

/** The documented pipeline with models that say what a test wants. */
export class ScriptedBundle {
  readonly car = new ScriptedModel([found("car", 0.9)], "detect");
  readonly brand = new ScriptedModel([taken("Honda", 0.8)], "classify");
  readonly body = new ScriptedModel([taken("Sedan", 0.7)], "classify");
  readonly loaded: LoadedBundle;
  /** How often it was given back. */
  givenBack = 0;

  constructor(digest = "0123") {
    const branch = { triggerClasses: ["car"], minConfidence: 0.4, crop: true, parallel: true };
    const pipeline = pipelineOf({
      ...{ modelId: "car_v1", modelFile: "car.pt", triggerClasses: ["car"], minConfidence: 0.4 },
      branches: [
        { ...branch, modelId: "brand_v1", modelFile: "brand.pt" },
        { ...branch, modelId: "bodytype_v1", modelFile: "body.pt" },
      ],
    });
    const models = { car_v1: this.car, brand_v1: this.brand, bodytype_v1: this.body };
    const root = scripted(pipeline.pipeline, models);
    const givesBack = async (): Promise<void> => void this.givenBack++;
    const loaded = { digest, pipeline, root, format: null, lowScore: 0.1, warnings: [] };
    this.loaded = { ...loaded, [Symbol.asyncDispose]: givesBack };
  }
}
