import { cameraId, micros } from "@sensorium/protocol";
import type { Capture } from "../capture/capture.ts";
import { sizeWithin } from "../codec/codec.ts";
import type { Frame } from "../flow/frame.ts";
import { inOrder } from "../flow/in-order.ts";
import type { PipelineResult } from "../mpta/run/result.ts";
import { runPipeline } from "../mpta/run/run-pipeline.ts";
import { Visits } from "../mpta/run/visits.ts";
import { isLive, parseSource } from "../sources/source.ts";
import { AnnotatedOutput } from "./annotated-output.ts";
import { type RunningBundle, type RunningFlags, say, usable, withInspected, withLoaded } from "./mpta-bundle.ts";
import { frameLine, overlayOf } from "./mpta-frame.ts";

/** Flags of `mpta run`. */
export interface RunFlags extends RunningFlags {
  readonly output?: string;
  readonly perFrame?: boolean;
}

/** Frames under way: while one is looked at, the next is decoded. Few enough for their pictures to be kept. */
const FRAMES = 2;
const OUTPUT = { maxWidth: 1920, quality: 90 };
/** Every picture may be drawn on. */
const ALL_PICTURES = 1000;

/** Runs a bundle on a source and prints a line of JSON for every frame. Nothing is sent anywhere. */
export async function runBundle(path: string, sourceText: string, flags: RunFlags): Promise<void> {
  const source = parseSource(sourceText);
  await withInspected(path, {}, (inspected) =>
    withLoaded(usable(inspected, path), flags, async (running) => {
      say("warning", running.loaded.warnings, path);
      await using capture = running.captures.open({
        camera: cameraId("run"),
        source,
        pace: isLive(source) ? "realtime" : "fast",
        format: running.loaded.format,
        slots: FRAMES,
        keeps: true,
        startAt: micros(0),
        handlers: { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: warn },
      });
      const stop = (): void => void capture[Symbol.asyncDispose]();
      process.once("SIGINT", stop);
      try {
        await printFrames(capture, running, flags);
      } finally {
        process.removeListener("SIGINT", stop);
      }
    }),
  );
}

const ignore = (): void => undefined;
const warn = (message: string): void => void process.stderr.write(`warning: ${message}\n`);

interface Looked {
  readonly frame: Pick<Frame, "sequence" | "at" | "capturedMs" | "size">;
  readonly result: PipelineResult;
  readonly jpeg: Uint8Array | null;
}

async function printFrames(capture: Capture, { loaded }: RunningBundle, flags: RunFlags): Promise<void> {
  await using output = flags.output === undefined ? undefined : new AnnotatedOutput(flags.output);
  if (output) capture.watch(ALL_PICTURES);
  const visits = new Visits(loaded, { perFrame: flags.perFrame === true });
  const look = async (frame: Frame): Promise<Looked> => {
    using held = frame;
    const result = await runPipeline(loaded.root, held);
    const { sequence, at, capturedMs, size } = held;
    const jpeg = output ? await capture.encode({ sequence, ...OUTPUT, overlay: overlayOf(result, held.size) }) : null;
    return { frame: { sequence, at, capturedMs, size }, result, jpeg };
  };
  for await (const { frame, result, jpeg } of inOrder(capture.frames(), look, { concurrency: FRAMES })) {
    const { at, capturedMs, size } = frame;
    const step = visits.step(result, { at, capturedMs, cameraId: "display;run", displayId: "display" });
    process.stdout.write(`${JSON.stringify(frameLine(frame, { result, step }))}\n`);
    if (jpeg) await output?.add(jpeg, { at, size: sizeWithin(size, OUTPUT.maxWidth) });
  }
}
