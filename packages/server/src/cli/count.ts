import type { Crossing } from "@sensorium/perception";
import { cameraId, micros, SensoriumError, secondsOf } from "@sensorium/protocol";
import { CapturePool } from "../capture/pool.ts";
import { loadConfig } from "../config/config.ts";
import { DEFAULT_MODEL, findModel } from "../models/catalogue.ts";
import { InferencePool } from "../models/onnx/pool.ts";
import { chooseProvider } from "../models/providers.ts";
import { silentLog } from "../observe/log.ts";
import { Analysis } from "../pipeline/analysis.ts";
import { watch } from "../pipeline/watch.ts";
import { describeSource } from "../sources/source.ts";
import { Progress } from "./progress.ts";
import { settingsOf } from "./settings.ts";

/** Frames beside those in the detector, so that it never waits for the decoder. */
const SPARE_FRAMES = 2;

/** Counts the crossings of a video and prints them. */
export async function count(video: string, { json, ...flags }: Readonly<Record<string, unknown>>): Promise<void> {
  const config = loadConfig([video], settingsOf(flags));
  const [camera] = config.cameras;
  if (camera?.source.kind !== "file")
    throw new SensoriumError(
      "config-invalid",
      `count takes a video file, not ${camera ? describeSource(camera.source) : video}`,
    );
  const { threads, modelCache: cacheFolder, classes } = config;
  await using captures = new CapturePool(1);
  const provider = await chooseProvider(config.device);
  await using inference = new InferencePool({ threads, cacheFolder, provider, log: silentLog });
  const detector = await inference.load(findModel(config.model ?? DEFAULT_MODEL, cacheFolder), { classes });
  const slots = 2 * threads + SPARE_FRAMES;
  await using capture = captures.open({
    camera: cameraId(camera.id),
    source: camera.source,
    pace: "fast",
    format: detector.format,
    slots,
    startAt: micros(0),
    handlers: { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: ignore },
  });
  const { durationSeconds } = await capture.opened;
  using progress = new Progress("counting", { total: Math.round(durationSeconds ?? 0), unit: "s" });
  const analysis = new Analysis({ ...camera, zones: [], thresholds: detector.model.thresholds });
  const crossings: Crossing[] = [];
  for await (const { at, crossings: found } of watch(capture, { detector, analysis, concurrency: slots })) {
    crossings.push(...found);
    progress.reach(Math.floor(secondsOf(at)));
  }
  progress[Symbol.dispose]();
  print(crossings, { json: json === true, named: camera.lines.length > 1 });
}

const ignore = (): void => undefined;

function print(crossings: readonly Crossing[], options: { readonly json: boolean; readonly named: boolean }): void {
  const ordered = crossings.toSorted((one, other) => one.at - other.at);
  const total = (direction: Crossing["direction"]): number =>
    ordered.filter((each) => each.direction === direction).length;
  const result = {
    in: total("in"),
    out: total("out"),
    crossings: ordered.map(({ at, direction, track, line }) => ({
      at: Math.round(secondsOf(at) * 1000) / 1000,
      direction,
      track,
      ...(options.named && { line }),
    })),
  };
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${asText(result)}\n`);
}

function asText(result: {
  in: number;
  out: number;
  crossings: { at: number; direction: string; track: number }[];
}): string {
  const rows = result.crossings.map(
    ({ at, direction, track }) => `${at.toFixed(1).padStart(8)} s  ${direction.padEnd(3)}  #${track}`,
  );
  return [...rows, `in ${result.in}, out ${result.out}`].join("\n");
}
