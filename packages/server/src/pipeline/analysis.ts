import { isDeepStrictEqual } from "node:util";
import {
  type Crossing,
  countCrossings,
  createTracker,
  noCounting,
  noZones,
  type TrackedFrame,
  type Tracker,
  type TrackerName,
  watchZones,
  type ZoneEvent,
} from "@sensorium/perception";
import type { Detections, Micros, Size, Tracked, ZoneId } from "@sensorium/protocol";
import type { LineConfig, TrackingConfig, ZoneConfig } from "../config/config.ts";
import type { Thresholds } from "../models/manifest.ts";
import { Ongoing } from "./ongoing.ts";

/** Where in the picture something is to be noticed. */
export interface Spots {
  readonly lines: readonly LineConfig[];
  readonly zones: readonly ZoneConfig[];
}

export interface AnalysisOptions extends Spots {
  readonly tracker: TrackerName;
  readonly thresholds: Thresholds;
  /** What is absent takes its default. */
  readonly tracking?: TrackingConfig;
}

export interface Analysed {
  /** In pixels of `size`. */
  readonly tracked: Tracked;
  readonly size: Size;
  readonly crossings: readonly Crossing[];
  readonly zoneEvents: readonly ZoneEvent[];
}

/**
 * Detections of one camera over time to tracks, crossings and stays. It outlives connections, so that a camera that
 * comes back keeps its tracks; when the source changes its resolution, everything stays in the pixels it started with.
 */
export class Analysis {
  readonly #tracker: Tracker;
  #counters: readonly LineCounter[] = [];
  #watchers: readonly ZoneWatcher[] = [];
  #size: Size | undefined;

  constructor({ tracker, thresholds, tracking, ...spots }: AnalysisOptions) {
    const { confidence, ...options } = tracking ?? {};
    this.#tracker = createTracker(tracker, { ...options, scores: scoresFrom(thresholds, confidence) });
    this.look(spots);
  }

  /** Watches these lines and zones from now on. Those that stay as they are keep what they know. */
  look({ lines, zones }: Spots): void {
    this.#counters = lines.map((line) => {
      return this.#counters.find((known) => isDeepStrictEqual(known.line, line)) ?? new LineCounter(line);
    });
    this.#watchers = zones.map((zone) => {
      return this.#watchers.find((known) => isDeepStrictEqual(known.zone, zone)) ?? new ZoneWatcher(zone);
    });
  }

  /** `size` is that of the source at this moment; calls come in the order of `at`. */
  step(detections: Detections, frame: { readonly size: Size; readonly at: Micros }): Analysed {
    this.#size ??= frame.size;
    const size = this.#size;
    const tracked = this.#tracker.update(inPixelsOf(detections, { from: frame.size, to: size }), frame.at);
    const crossings = this.#counters.flatMap((counter) => counter.step({ tracked, size }, frame.at));
    const zoneEvents = this.#watchers.flatMap((watcher) => watcher.step({ tracked, size }, frame.at));
    return { tracked, size, crossings, zoneEvents };
  }

  /** How many are in a zone. */
  occupancy(zone: ZoneId): number {
    return this.#watchers.find((watcher) => watcher.zone.id === zone)?.occupancy ?? 0;
  }

  /** Where the tracks are at a moment near the last step, for pictures that were not looked at. */
  predict(at: Micros): Tracked {
    return this.#tracker.predict(at);
  }
}

/** A line with its own rule, and what it remembers. */
class LineCounter {
  readonly line: LineConfig;
  readonly #count;

  constructor(line: LineConfig) {
    const { anchor, frames, distance } = line;
    this.line = line;
    this.#count = new Ongoing(countCrossings({ lines: [line], ...given({ anchor, frames, distance }) }), noCounting);
  }

  step(frame: TrackedFrame, at: Micros): readonly Crossing[] {
    return this.#count.take(frame, at);
  }
}

/** A zone with its own rule, and who is in it. */
class ZoneWatcher {
  readonly zone: ZoneConfig;
  readonly #watch;

  constructor(zone: ZoneConfig) {
    const { anchor, enterAfter, leaveAfter } = zone;
    this.zone = zone;
    this.#watch = new Ongoing(watchZones({ zones: [zone], ...given({ anchor, enterAfter, leaveAfter }) }), noZones);
  }

  get occupancy(): number {
    return this.#watch.state.occupancy.get(this.zone.id) ?? 0;
  }

  step(frame: TrackedFrame, at: Micros): readonly ZoneEvent[] {
    return this.#watch.take(frame, at);
  }
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** What is not said is left out, so that it takes its default. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** Tracks begin from `confidence` on; weaker detections go on continuing those there are. */
function scoresFrom({ low, high, start }: Thresholds, confidence: number | undefined): Thresholds {
  if (confidence === undefined) return { low, high, start };
  return { low: Math.min(low, confidence), high: Math.min(high, confidence), start: confidence };
}

/** Detections of a picture of one size in the pixels of another. */
export function inPixelsOf(
  detections: Detections,
  { from, to }: { readonly from: Size; readonly to: Size },
): Detections {
  if (from.width === to.width && from.height === to.height) return detections;
  const scale = [to.width / from.width, to.height / from.height];
  return { ...detections, boxes: detections.boxes.map((value, i) => value * (scale[i % 2] ?? 1)) };
}
