import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";

/** What every tracker can be told; what is left out takes its default. */
export interface TrackerOptions {
  /** Detector scores, 0..1; they depend on the model and belong to its manifest. */
  readonly scores?: {
    /** From here on a detection is matched with every track (0.5). */
    readonly high?: number;
    /** From here up to `high` a detection only continues a track seen in the last frame (0.1); ByteTrack alone does. */
    readonly low?: number;
    /** From here on an unmatched detection starts a track (the value of `high`). */
    readonly start?: number;
  };
  /** How long a track is waited for after its last sighting; longer than the time between frames (2 s). */
  readonly lostFor?: Micros;
  /** In how many frames in a row a track is seen before it is confirmed and returned (2). */
  readonly sightings?: number;
}

/** The common options, each with its value. */
export interface TrackerSettings {
  readonly scores: { readonly high: number; readonly low: number; readonly start: number };
  readonly lostFor: Micros;
  readonly sightings: number;
}

/** Fills in defaults; throws `config-invalid` where values contradict one another. */
export function trackerSettings(options: TrackerOptions): TrackerSettings {
  const { high = 0.5, low = Math.min(0.1, high), start = high } = options.scores ?? {};
  const { lostFor = microsFromSeconds(2), sightings = 2 } = options;
  if (!(0 <= low && low <= high && high <= start && start <= 1)) {
    throw invalid(`scores must satisfy 0 ≤ low ≤ high ≤ start ≤ 1, not ${low}, ${high}, ${start}`);
  }
  if (!(lostFor >= 0)) throw invalid(`lostFor must not be negative, not ${lostFor}`);
  if (!(sightings >= 1)) throw invalid(`sightings must be at least 1, not ${sightings}`);
  return { scores: { high, low, start }, lostFor, sightings };
}

/** Throws `config-invalid` unless every one of the named overlaps can be exceeded. */
export function checkOverlaps(overlaps: Readonly<Record<string, number>>): void {
  for (const [name, overlap] of Object.entries(overlaps)) {
    if (!(overlap >= 0 && overlap < 1)) throw invalid(`overlap ${name} must be from 0 to below 1, not ${overlap}`);
  }
}

/** The error for an option that a tracker cannot work with. */
export const invalid = (what: string): SensoriumError => new SensoriumError("config-invalid", `tracker: ${what}`);
