import { checkOverlaps, type TrackerOptions, type TrackerSettings, trackerSettings } from "./tracker-options.ts";

/** How ByteTrack decides; what is left out takes its default. */
export interface ByteTrackOptions extends TrackerOptions {
  /** The overlap (intersection over union, 0..1) that a match must exceed. */
  readonly overlaps?: {
    /** Confirmed tracks with high detections (0.2). */
    readonly first?: number;
    /** The tracks left over, with low detections (0.5). */
    readonly second?: number;
    /** Unconfirmed tracks with the high detections left over (0.3). */
    readonly unconfirmed?: number;
  };
}

/** Every option with its value. */
export interface ByteTrackSettings extends TrackerSettings {
  readonly overlaps: { readonly first: number; readonly second: number; readonly unconfirmed: number };
}

/** Fills in defaults; throws `config-invalid` where values contradict one another. */
export function byteTrackSettings(options: ByteTrackOptions): ByteTrackSettings {
  const { first = 0.2, second = 0.5, unconfirmed = 0.3 } = options.overlaps ?? {};
  const overlaps = { first, second, unconfirmed };
  checkOverlaps(overlaps);
  return { ...trackerSettings(options), overlaps };
}
