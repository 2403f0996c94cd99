import { cameraId, micros, SensoriumError } from "@sensorium/protocol";
import { CapturePool } from "../capture/pool.ts";
import { describeSource, parseSource, type SourceOptions } from "../sources/source.ts";

/** Opens a source, waits for its first picture, and prints what was found. */
export async function probe(text: string, flags: Readonly<Record<string, unknown>>): Promise<void> {
  const transport = flags.rtspTransport;
  if (transport !== undefined && transport !== "tcp" && transport !== "udp") {
    throw new SensoriumError("config-invalid", "--rtsp-transport is tcp or udp");
  }
  const options: SourceOptions = transport ? { rtspTransport: transport } : {};
  const source = parseSource(text, options);
  const started = performance.now();
  await using captures = new CapturePool(1);
  await using capture = captures.open({
    camera: cameraId("probe"),
    source,
    pace: "fast",
    format: null,
    slots: 1,
    startAt: micros(0),
    handlers: { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: ignore },
  });
  const info = await capture.opened;
  for await (const frame of capture.frames()) {
    using first = frame;
    const found = {
      source: describeSource(source),
      ...info,
      size: first.size,
      firstPictureSeconds: Math.round(performance.now() - started) / 1000,
    };
    process.stdout.write(flags.json === true ? `${JSON.stringify(found)}\n` : `${asText(found)}\n`);
    return;
  }
}

const ignore = (): void => undefined;

interface Found {
  readonly source: string;
  readonly codec: string;
  readonly container: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly framesPerSecond: number | null;
  readonly durationSeconds: number | null;
  readonly firstPictureSeconds: number;
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
    ["first picture", `after ${found.firstPictureSeconds.toFixed(2)} s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join("\n");
}
