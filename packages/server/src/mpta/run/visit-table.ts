import type { Box } from "@sensorium/perception";
import { type Micros, micros, microsFromSeconds } from "@sensorium/protocol";
import type { Seen } from "./vehicle-tracks.ts";
import type { VisitMemory } from "./visit-memory.ts";

/** A vehicle's stay in front of a camera. */
export interface Visit {
  /** A UUID. */
  readonly session: string;
  readonly memory: VisitMemory;
  /** Whether its record has begun. */
  recorded: boolean;
}

interface Ongoing {
  readonly visit: Visit;
  /** Where each of its parts was last, by class. */
  readonly parts: Map<string, { readonly box: Box; readonly at: Micros }>;
  lastAt: Micros;
}

/** An object in a frame, and the frame's media time. */
export interface Sighting {
  readonly seen: Seen;
  readonly at: Micros;
}

const NEVER = micros(Number.NEGATIVE_INFINITY);

/** Of the smaller box, how much lies inside of the other when both belong to one vehicle. */
const INSIDE = 0.8;

/** Which track belongs to which visit. A vehicle may have several tracks: itself, its front, or the same as a truck. */
export class VisitTable {
  readonly #timeout: Micros;
  readonly #byTrack = new Map<number, Ongoing>();
  /** Media times of this frame and the one before it. */
  #frames: readonly [before: Micros, now: Micros] = [NEVER, NEVER];

  constructor(timeoutMs: number) {
    this.#timeout = microsFromSeconds(timeoutMs / 1000);
  }

  /** Takes what is seen in a frame, and ends the visits of which nothing has been seen for too long. */
  follow(seen: readonly Seen[], at: Micros): void {
    this.#frames = [this.#frames[1], at];
    for (const each of seen) {
      const ongoing = this.#byTrack.get(each.track);
      if (ongoing) this.#place(ongoing, { seen: each, at });
    }
    for (const [track, { lastAt }] of this.#byTrack) if (at - lastAt > this.#timeout) this.#byTrack.delete(track);
  }

  /** The visit of a tracked object: its own, or that of the vehicle in whose place it is. */
  visitOf(sighting: Sighting): Visit | undefined {
    const ongoing = this.#byTrack.get(sighting.seen.track) ?? this.#vehicleAt(sighting);
    if (ongoing) this.#place(ongoing, sighting);
    return ongoing?.visit;
  }

  /** The object's visit begins. */
  open(visit: Visit, sighting: Sighting): Visit {
    this.#place({ visit, parts: new Map(), lastAt: sighting.at }, sighting);
    return visit;
  }

  #place(ongoing: Ongoing, { seen, at }: Sighting): void {
    this.#byTrack.set(seen.track, ongoing);
    ongoing.parts.set(seen.class, { box: seen.box, at });
    ongoing.lastAt = at;
  }

  /** Two objects of one class in one frame are two vehicles, and so is one where another was a while ago. */
  #vehicleAt({ seen, at }: Sighting): Ongoing | undefined {
    const [before] = this.#frames;
    return [...this.#byTrack.values()].find(({ parts }) => {
      if (parts.get(seen.class)?.at === at) return false;
      return [...parts].some(
        ([name, part]) => name !== seen.class && part.at >= before && isInside(seen.box, part.box),
      );
    });
  }
}

function isInside(one: Box, other: Box): boolean {
  const width = Math.min(one.x2, other.x2) - Math.max(one.x1, other.x1);
  const height = Math.min(one.y2, other.y2) - Math.max(one.y1, other.y1);
  return width > 0 && height > 0 && width * height >= INSIDE * Math.min(areaOf(one), areaOf(other));
}

const areaOf = ({ x1, y1, x2, y2 }: Box): number => (x2 - x1) * (y2 - y1);
