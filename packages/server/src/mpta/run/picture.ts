import { cameraId, micros, SensoriumError } from "@sensorium/protocol";
import type { CapturePool } from "../../capture/pool.ts";
import type { Frame, PictureFormat } from "../../flow/frame.ts";
import { parseSource } from "../../sources/source.ts";

/** Which picture, and how the first model of a pipeline wants it. */
export interface PictureOptions {
  readonly path: string;
  readonly format: PictureFormat | null;
}

/**
 * Opens a picture as a camera's frame, for as long as `use` takes; of a video the first one.
 * @throws SensoriumError with a source code when it cannot be decoded.
 */
export async function withPicture<T>(
  captures: CapturePool,
  { path, format }: PictureOptions,
  use: (frame: Frame) => Promise<T>,
): Promise<T> {
  await using capture = captures.open({
    camera: cameraId("picture"),
    source: parseSource(path),
    pace: "fast",
    format,
    slots: 1,
    keeps: true,
    startAt: micros(0),
    handlers: { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: ignore },
  });
  for await (const frame of capture.frames()) {
    using picture = frame;
    return await use(picture);
  }
  throw new SensoriumError("source-invalid", "the picture is empty");
}

const ignore = (): void => undefined;
