import { type Micros, micros } from "@sensorium/protocol";
import {
  checkOverlaps,
  invalid,
  type TrackerOptions,
  type TrackerSettings,
  trackerSettings,
} from "./tracker-options.ts";

/** How OC-SORT decides; what is left out takes its default. */
export interface OcSortOptions extends TrackerOptions {
  /** The overlap (intersection over union, 0..1) that a match must exceed. */
  readonly overlaps?: {
    /** Tracks where they are predicted (0.3). */
    readonly predicted?: number;
    /** The tracks left over, where they were last seen (0.5). */
    readonly recovered?: number;
  };
  readonly momentum?: {
    /** What going on in the same direction is worth beside an overlap of 1, 0..1 (0.2). */
    readonly weight?: number;
    /** Over how long directions are measured (0.2 s). */
    readonly over?: Micros;
  };
}

/** Every option with its value. */
export interface OcSortSettings extends TrackerSettings {
  readonly overlaps: { readonly predicted: number; readonly recovered: number };
  readonly momentum: { readonly weight: number; readonly over: Micros };
}

/** Fills in defaults; throws `config-invalid` where values contradict one another. */
export function ocSortSettings(options: OcSortOptions): OcSortSettings {
  const { predicted = 0.3, recovered = 0.5 } = options.overlaps ?? {};
  const { weight = 0.2, over = micros(200_000) } = options.momentum ?? {};
  checkOverlaps({ predicted, recovered });
  if (!(weight >= 0 && weight <= 1)) throw invalid(`momentum weight must be from 0 to 1, not ${weight}`);
  if (!(over >= 0)) throw invalid(`momentum must not be measured over a negative time, not ${over}`);
  return { ...trackerSettings(options), overlaps: { predicted, recovered }, momentum: { weight, over } };
}
