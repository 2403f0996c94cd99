import type { RedisSaveImage } from "@sensorium/protocol/mpta";
import type { ActionLog } from "../actions/index.ts";
import { encodePng, pixelsOf } from "../codec/png.ts";
import type { Frame } from "../flow/frame.ts";
import type { DueAction } from "../mpta/run/due-action.ts";
import type { Act } from "./seats.ts";

/** Pictures are saved as large as they are. */
const MAX_WIDTH = 1 << 14;

/** Makes what a bundle wants done durable; from there it goes to its servers, whether or not they can be reached now. */
export function actThrough(actions: Pick<ActionLog, "record">): Act {
  return async (due, { frame, bundle: { pipeline } }) => {
    const ready = await Promise.all(due.map(async (each) => ({ ...each, picture: await pictureFor(each, frame) })));
    await actions.record(ready, { connections: pipeline, dueMs: frame.capturedMs });
  };
}

/** Undefined where none belongs to it, and when the camera has gone meanwhile: the rest is done all the same. */
async function pictureFor({ action, region }: DueAction, frame: Frame): Promise<Uint8Array | undefined> {
  if (action.type !== "redis_save_image") return undefined;
  return await encoded(action, { frame, region }).catch(() => undefined);
}

interface Part {
  readonly frame: Frame;
  readonly region: DueAction["region"];
}

async function encoded({ format, quality }: RedisSaveImage, { frame, region }: Part): Promise<Uint8Array> {
  if (format === "jpeg") return frame.jpeg({ region, maxWidth: MAX_WIDTH, quality });
  const part = region ?? frame.region;
  const size = { width: part.x2 - part.x1, height: part.y2 - part.y1 };
  using cut = await frame.crop(part, { ...size, fit: "stretch" });
  return await encodePng(pixelsOf(cut), cut);
}
