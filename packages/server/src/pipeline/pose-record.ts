import type { Activity, Size } from "@sensorium/protocol";

/** How somebody stood at one instant, as it is kept. */
export interface PoseRecord {
  readonly environment: string;
  readonly camera: string;
  readonly person: number;
  readonly track: number;
  /** The camera's count of frames. */
  readonly frame: number;
  /** When the frame was captured, in Unix milliseconds. */
  readonly wallMs: number;
  /** The detector's, 0..1. */
  readonly score: number;
  /** In pixels of a picture of `size`. */
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
  readonly size: Size;
  /** x and y in pixels and score of COCO's 17 keypoints, 51 numbers; null where no pose model runs. */
  readonly keypoints: readonly number[] | null;
  readonly activity: { readonly type: Activity; readonly confidence: number };
  /** Which model found the person; null where none was involved. */
  readonly model: string | null;
  readonly simulated: boolean;
}
