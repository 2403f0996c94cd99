import { type Box, boxAt, createTracker, iou, type Tracker } from "@sensorium/perception";
import { type Detections, type Micros, microsFromSeconds } from "@sensorium/protocol";
import type { Found } from "./node-model.ts";

/** One tracked object of a frame. */
export interface Seen {
  readonly track: number;
  readonly class: string;
  /** The tracker's estimate, in source pixels. */
  readonly box: Box;
}

/** Scores and times by which objects are followed. */
export interface TrackingOptions {
  /** From here on a detection continues a track; from `high` on it begins one. */
  readonly low: number;
  readonly high: number;
  /** How long one that is out of sight is waited for. */
  readonly timeoutMs: number;
}

/** Below this overlap a track is another object's. */
const MIN_IOU = 0.3;

/** Follows what the first model of a pipeline finds from frame to frame. */
export class VehicleTracks {
  readonly #tracker: Tracker;
  readonly #classes: string[] = [];

  constructor({ low, high, timeoutMs }: TrackingOptions) {
    const scores = { low: Math.min(low, high), high, start: high };
    // One frame is enough: what the pipeline acts on has a visit at once.
    this.#tracker = createTracker("byte-track", {
      scores,
      sightings: 1,
      lostFor: microsFromSeconds(timeoutMs / 1000),
    });
  }

  /** Takes everything that was found in a frame; frames come in the order of `at`. */
  update(found: readonly Found[], at: Micros): Seen[] {
    const tracked = this.#tracker.update(this.#detections(found), at);
    return Array.from(tracked.tracks, (track, i) => ({
      track,
      class: this.#classes[tracked.classes[i] ?? 0] ?? "",
      box: boxAt(tracked, i),
    }));
  }

  #detections(found: readonly Found[]): Detections {
    const placed = found.flatMap(({ box, ...rest }) => (box ? [{ ...rest, box }] : []));
    return {
      count: placed.length,
      boxes: Float32Array.from(placed.flatMap(({ box: { x1, y1, x2, y2 } }) => [x1, y1, x2, y2])),
      scores: Float32Array.from(placed, ({ confidence }) => confidence),
      classes: Uint16Array.from(placed, (each) => this.#indexOf(each.class)),
    };
  }

  #indexOf(name: string): number {
    const known = this.#classes.indexOf(name);
    return known >= 0 ? known : this.#classes.push(name) - 1;
  }
}

/** The tracked object that a detection of the same frame has become. */
export function seenAs({ class: name, box }: Found, seen: readonly Seen[]): Seen | undefined {
  if (!box) return undefined;
  const overlaps = seen.map((each) => ({ each, overlap: each.class === name ? iou(box, each.box) : 0 }));
  const [closest] = overlaps.sort((one, other) => other.overlap - one.overlap);
  return closest && closest.overlap >= MIN_IOU ? closest.each : undefined;
}
