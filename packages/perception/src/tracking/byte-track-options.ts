import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";

/** How ByteTrack decides; what is left out takes its default. */
export interface ByteTrackOptions {
  /** Detector scores, 0..1; they depend on the model and belong to its manifest. */
  readonly scores?: {
    /** From here on a detection is matched with every track (0.5). */
    readonly high?: number;
    /** From here up to `high` a detection only continues a track that was seen in the last frame (0.1). */
    readonly low?: number;
    /** From here on an unmatched detection starts a track (the value of `high`). */
    readonly start?: number;
  };
  /** The overlap (intersection over union, 0..1) that a match must exceed. */
  readonly overlaps?: {
    /** Confirmed tracks with high detections (0.2). */
    readonly first?: number;
    /** The tracks left over, with low detections (0.5). */
    readonly second?: number;
    /** Unconfirmed tracks with the high detections left over (0.3). */
    readonly unconfirmed?: number;
  };
  /** How long a track is waited for after its last sighting; longer than the time between frames (2 s). */
  readonly lostFor?: Micros;
  /** In how many frames in a row a track is seen before it is confirmed and returned (2). */
  readonly sightings?: number;
}

/** Every option with its value. */
export interface ByteTrackSettings {
  readonly scores: { readonly high: number; readonly low: number; readonly start: number };
  readonly overlaps: { readonly first: number; readonly second: number; readonly unconfirmed: number };
  readonly lostFor: Micros;
  readonly sightings: number;
}

/** Fills in defaults; throws `config-invalid` where values contradict one another. */
export function byteTrackSettings(options: ByteTrackOptions): ByteTrackSettings {
  const { high = 0.5, low = Math.min(0.1, high), start = high } = options.scores ?? {};
  const { first = 0.2, second = 0.5, unconfirmed = 0.3 } = options.overlaps ?? {};
  const { lostFor = microsFromSeconds(2), sightings = 2 } = options;
  if (!(0 <= low && low <= high && high <= start && start <= 1)) {
    throw invalid(`scores must satisfy 0 ≤ low ≤ high ≤ start ≤ 1, not ${low}, ${high}, ${start}`);
  }
  for (const [name, overlap] of Object.entries({ first, second, unconfirmed })) {
    if (!(overlap >= 0 && overlap < 1)) throw invalid(`overlap ${name} must be from 0 to below 1, not ${overlap}`);
  }
  if (!(lostFor >= 0)) throw invalid(`lostFor must not be negative, not ${lostFor}`);
  if (!(sightings >= 1)) throw invalid(`sightings must be at least 1, not ${sightings}`);
  return { scores: { high, low, start }, overlaps: { first, second, unconfirmed }, lostFor, sightings };
}

const invalid = (what: string): SensoriumError => new SensoriumError("config-invalid", `tracker: ${what}`);
