import { micros, SensoriumError } from "@sensorium/protocol";
import { CapturePool } from "../capture/pool.ts";
import type { DecoderChoice } from "../codec/codec.ts";
import { composeConfig } from "../config/config.ts";
import { describeSource } from "../sources/source.ts";
import { settingsOf } from "./settings.ts";

/** Opens a source, waits for its first picture, and prints what was found. */
export async function probe(text: string, { json, ...flags }: Readonly<Record<string, unknown>>): Promise<void> {
  const [camera] = composeConfig({ sources: [text], given: settingsOf(flags), environment: {} }).cameras;
  if (!camera) throw new Error("a source without a camera");
  const { id, source } = camera;
  const started = performance.now();
  const warnings: string[] = [];
  await using captures = new CapturePool(1);
  await using capture = captures.open({
    camera: id,
    source,
    pace: "fast",
    format: null,
    slots: 1,
    startAt: micros(0),
    handlers: { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: (message) => warnings.push(message) },
  });
  const info = await capture.opened;
  for await (const frame of capture.frames()) {
    using first = frame;
    const found = {
      source: describeSource(source),
      ...info,
      size: first.size,
      firstPictureSeconds: Math.round(performance.now() - started) / 1000,
      warnings,
    };
    process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : `${asText(found)}\n`);
    return;
  }
  throw new SensoriumError("source-invalid", `${describeSource(source)} gave no picture`);
}

const ignore = (): void => undefined;

interface Found {
  readonly source: string;
  readonly codec: string;
  readonly container: string;
  readonly decoder: DecoderChoice | null;
  readonly size: { readonly width: number; readonly height: number };
  readonly framesPerSecond: number | null;
  readonly durationSeconds: number | null;
  readonly firstPictureSeconds: number;
  readonly warnings: readonly string[];
}

function asText(found: Found): string {
  const rows: readonly (readonly [string, string])[] = [
    ["source", found.source],
    ["container", found.container],
    ["codec", found.codec],
    ["size", `${found.size.width} × ${found.size.height}`],
    [
      "frames/s",
      found.framesPerSecond === null ? "not announced" : String(Math.round(found.framesPerSecond * 100) / 100),
    ],
    ["duration", found.durationSeconds === null ? "live" : `${found.durationSeconds.toFixed(1)} s`],
    ["decoded by", found.decoder ? `${found.decoder.name}: ${found.decoder.reason}` : "nothing"],
    ["first picture", `after ${found.firstPictureSeconds.toFixed(2)} s`],
    ...found.warnings.map((warning) => ["warning", warning] as const),
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join("\n");
}
