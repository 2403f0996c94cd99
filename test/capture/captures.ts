import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cameraId, type Micros, micros, type SensoriumError } from "@sensorium/protocol";
import type { Capture } from "../../packages/server/src/capture/capture.ts";
import type { Moment } from "../../packages/server/src/capture/messages.ts";
import { type CaptureOptions, CapturePool } from "../../packages/server/src/capture/pool.ts";
import type { Frame } from "../../packages/server/src/flow/frame.ts";
import type { Source } from "../../packages/server/src/sources/source.ts";

/** What a capture told beside its frames, in the order it came. */
export interface Watching {
  readonly capture: Capture;
  readonly views: Moment[];
  readonly warnings: string[];
  /** How long it had been silent when it was called stalled. */
  readonly stalled: Promise<number>;
  readonly resumed: Promise<void>;
  /** How long its picture had not changed when it was called frozen. */
  readonly frozen: Promise<number>;
  readonly thawed: Promise<void>;
  /** How often it has been said that pictures come in which nothing moves. */
  idle(): number;
  /** Resolves once this many views have come. */
  untilViews(count: number): Promise<void>;
}

type Options = Partial<Omit<CaptureOptions, "handlers" | "source" | "camera">>;

/** Opens a source as fast as it gives pictures, on two slots of 416 × 416, where the options say nothing else. */
export function watchSource(pool: CapturePool, source: Source, options: Options = {}): Watching {
  const views: Moment[] = [];
  const warnings: string[] = [];
  const stalled = Promise.withResolvers<number>();
  const resumed = Promise.withResolvers<void>();
  const frozen = Promise.withResolvers<number>();
  const thawed = Promise.withResolvers<void>();
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  let idle = 0;
  const capture = pool.open({
    camera: cameraId("test"),
    source,
    pace: "fast",
    format: { width: 416, height: 416, fit: "contain" },
    slots: 2,
    startAt: micros(0),
    ...options,
    handlers: {
      onView: (moment) => {
        views.push(moment);
        for (const { count, done } of waiting) if (views.length >= count) done();
      },
      onIdle: () => void idle++,
      onStalled: stalled.resolve,
      onResumed: resumed.resolve,
      onFrozen: frozen.resolve,
      onThawed: thawed.resolve,
      onWarning: (message) => warnings.push(message),
    },
  });
  const untilViews = (count: number): Promise<void> =>
    new Promise((done) => {
      if (views.length >= count) done();
      else waiting.push({ count, done });
    });
  const promises = {
    stalled: stalled.promise,
    resumed: resumed.promise,
    frozen: frozen.promise,
    thawed: thawed.promise,
  };
  return { capture, views, warnings, ...promises, idle: () => idle, untilViews };
}

export const file = (path: string, loop = false): Source => ({ kind: "file", path, loop });
export const rtsp = (url: string, transport: "tcp" | "udp" = "tcp"): Source => ({ kind: "rtsp", url, transport });

/** What is left of a frame once it has been given back. */
export interface Seen {
  readonly sequence: number;
  readonly at: Micros;
  readonly size: { readonly width: number; readonly height: number };
  readonly picture: { readonly width: number; readonly height: number } | null;
  /** Red, green and blue in the middle of the picture. */
  readonly colour: readonly [number, number, number] | null;
}

/** Takes frames, `limit` at the most, and gives each back at once. */
export async function take(capture: Capture, limit = Number.POSITIVE_INFINITY): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const frame of capture.frames()) {
    using held = frame;
    seen.push(describeFrame(held));
    if (seen.length >= limit) break;
  }
  return seen;
}

function describeFrame({ sequence, at, size, picture }: Frame): Seen {
  if (!picture) return { sequence, at, size, picture: null, colour: null };
  const { buffer, offset, width, height } = picture;
  const middle = offset + width * (height >> 1) + (width >> 1);
  const bytes = new Uint8Array(buffer);
  const plane = (index: number): number => bytes[middle + index * width * height] ?? Number.NaN;
  return { sequence, at, size, picture: { width, height }, colour: [plane(2), plane(0), plane(1)] };
}

/** How a capture failed; an Error when it did not. */
export async function failureOf(capture: Capture): Promise<SensoriumError> {
  const end = await capture.ended;
  if (end.kind === "failed") return end.error;
  throw new Error("the capture did not fail");
}

/** A pool of one thread and a folder for clips. */
export class Bench implements AsyncDisposable {
  readonly pool = new CapturePool(1);
  readonly #folder = mkdtempSync(join(tmpdir(), "sensorium-capture-"));

  path(name: string): string {
    return join(this.#folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
