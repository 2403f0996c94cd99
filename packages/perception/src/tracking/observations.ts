import type { Micros } from "@sensorium/protocol";
import { centreOf } from "../geometry/box.ts";
import type { Point } from "../geometry/point.ts";
import { BoxFilters } from "./box-filters.ts";
import { holding } from "./holding.ts";
import type { Sighting, TrackNotes } from "./track-table.ts";

/** How many sightings of a track are kept: enough for directions over a fifth of a second at 60 frames a second. */
const KEPT = 12;
/** Centre x, centre y, time. */
const PER_SIGHTING = 3;
const PER_TRACK = KEPT * PER_SIGHTING;

/**
 * What OC-SORT remembers of each track beside its filter: the last sightings, the direction they went in, and the
 * filter as it was at the last of them.
 */
export class Observations implements TrackNotes {
  /** x1 y1 x2 y2 per slot: the last detection. */
  boxes = new Float32Array(0);
  readonly #over: Micros;
  #frame = 0;
  /** The last sightings per slot, the newest first. */
  #path = new Float64Array(0);
  #kept = new Uint8Array(0);
  /** The direction at the last sighting per slot, of length 1; 0 0 where it is not known. */
  #heading = new Float32Array(0);
  /** The frame of the last sighting per slot. */
  #seenIn = new Float64Array(0);
  readonly #filters = new BoxFilters();

  /** Directions are measured over the time `over`. */
  constructor(over: Micros) {
    this.#over = over;
  }

  /** A frame begins. */
  advance(): void {
    this.#frame++;
  }

  started(slot: number, sighting: Sighting, filters: BoxFilters): void {
    if (slot >= this.#kept.length) this.#grow();
    this.#kept[slot] = 0;
    this.#heading.fill(0, 2 * slot, 2 * slot + 2);
    this.corrected(slot, sighting, filters);
  }

  /**
   * Observation-centric re-update: a filter that ran unseen for some frames is taken back to the last sighting and led
   * along the straight way from there to this one, so that what it drifted to meanwhile is forgotten.
   */
  seen(slot: number, { found, index, at }: Sighting, filters: BoxFilters): void {
    this.#turn(slot, centreOf(found, index), at);
    const frames = this.#frame - (this.#seenIn[slot] ?? 0);
    if (frames <= 1) return;
    const seconds = (at - (this.#path[slot * PER_TRACK + 2] ?? at)) / 1e6 / frames;
    const virtual = new Float32Array(4);
    filters.copy(this.#filters, slot, slot);
    for (let frame = 1; frame < frames; frame++) {
      for (let corner = 0; corner < 4; corner++) {
        const from = this.boxes[4 * slot + corner] ?? 0;
        virtual[corner] = from + (frame / frames) * ((found.boxes[4 * index + corner] ?? 0) - from);
      }
      filters.predict(slot, seconds);
      filters.correct(slot, virtual, 0);
    }
    filters.predict(slot, seconds);
  }

  corrected(slot: number, { found, index, at }: Sighting, filters: BoxFilters): void {
    const { x, y } = centreOf(found, index);
    const path = slot * PER_TRACK;
    this.#path.copyWithin(path + PER_SIGHTING, path, path + PER_TRACK - PER_SIGHTING);
    this.#path[path] = x;
    this.#path[path + 1] = y;
    this.#path[path + 2] = at;
    this.#kept[slot] = Math.min(KEPT, (this.#kept[slot] ?? 0) + 1);
    for (let corner = 0; corner < 4; corner++) {
      this.boxes[4 * slot + corner] = found.boxes[4 * index + corner] ?? 0;
    }
    this.#seenIn[slot] = this.#frame;
    this.#filters.copy(filters, slot, slot);
  }

  /**
   * Observation-centric momentum: how well the way to `to` continues the direction the track in `slot` had, from ½ for
   * straight on to −½ for straight back; 0 where either is not known.
   */
  momentum(slot: number, to: Point, at: Micros): number {
    const from = this.#origin(slot, at);
    const x = to.x - from.x;
    const y = to.y - from.y;
    const length = Math.hypot(x, y);
    const cosine = (x * (this.#heading[2 * slot] ?? 0) + y * (this.#heading[2 * slot + 1] ?? 0)) / length;
    return length > 0 ? 0.5 - Math.acos(Math.min(1, Math.max(-1, cosine))) / Math.PI : 0;
  }

  move(from: number, to: number): void {
    this.#filters.move(from, to);
    this.boxes.copyWithin(4 * to, 4 * from, 4 * from + 4);
    this.#path.copyWithin(to * PER_TRACK, from * PER_TRACK, (from + 1) * PER_TRACK);
    this.#heading.copyWithin(2 * to, 2 * from, 2 * from + 2);
    this.#kept[to] = this.#kept[from] ?? 0;
    this.#seenIn[to] = this.#seenIn[from] ?? 0;
  }

  /** Takes the direction from where the track was a while ago to where it is now. */
  #turn(slot: number, to: Point, at: Micros): void {
    const from = this.#origin(slot, at);
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    this.#heading[2 * slot] = length > 0 ? (to.x - from.x) / length : 0;
    this.#heading[2 * slot + 1] = length > 0 ? (to.y - from.y) / length : 0;
  }

  /** The oldest sighting that directions at `at` are measured from, else the last. */
  #origin(slot: number, at: Micros): Point {
    const path = slot * PER_TRACK;
    let i = path;
    for (let next = 1; next < (this.#kept[slot] ?? 0); next++) {
      const older = path + next * PER_SIGHTING;
      if ((this.#path[older + 2] ?? 0) < at - this.#over) break;
      i = older;
    }
    return { x: this.#path[i] ?? 0, y: this.#path[i + 1] ?? 0 };
  }

  #grow(): void {
    const slots = Math.max(16, 2 * this.#kept.length);
    this.boxes = holding(new Float32Array(4 * slots), this.boxes);
    this.#path = holding(new Float64Array(PER_TRACK * slots), this.#path);
    this.#kept = holding(new Uint8Array(slots), this.#kept);
    this.#heading = holding(new Float32Array(2 * slots), this.#heading);
    this.#seenIn = holding(new Float64Array(slots), this.#seenIn);
  }
}
