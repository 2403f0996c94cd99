import type { WallMs } from "@sensorium/protocol";
import { fieldOfModel } from "@sensorium/protocol/mpta";
import type { Value, Values } from "./due-action.ts";
import type { Found } from "./node-model.ts";

/** Whose frame it is, and when it was taken. */
export interface FrameContext {
  /** The subscription: `display-001;cam-001`. */
  readonly cameraId: string;
  readonly displayId: string;
  readonly capturedMs: WallMs;
}

/** What every template may name of a frame; `uuid` is fresh for each model. */
export function contextValues({ cameraId, displayId, capturedMs }: FrameContext, uuid: string): Values {
  return {
    timestamp_ms: capturedMs,
    timestamp: timestampOf(capturedMs),
    uuid,
    filename: `${uuid}.jpg`,
    camera_id: cameraId,
    display_id: displayId,
  };
}

/** `2025-08-13T01-02-39`, in UTC. */
const timestampOf = (atMs: WallMs): string => new Date(atMs).toISOString().slice(0, 19).replaceAll(":", "-");

/** What templates may name of a detection. A classifier's class is a name of its own, too. */
export function foundValues(found: Found, from: { readonly modelId: string; readonly track: number | null }): Values {
  const { class: name, confidence, box } = found;
  const field = box ? undefined : fieldOfModel(from.modelId);
  return {
    ...(box ? {} : { [name]: name }),
    ...(field && { [field]: name }),
    class: name,
    confidence,
    id: from.track,
    bbox: box && [box.x1, box.y1, box.x2, box.y2],
  };
}

/** A branch's values by the names that templates have for them. */
export const branchValues = (modelId: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]): [string, Value] => [`${modelId}.${name}`, value]));
