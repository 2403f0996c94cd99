import type { Detections, Micros, Tracked } from "@sensorium/protocol";
import { BoxFilters } from "./box-filters.ts";
import { holding } from "./holding.ts";

/** Seen, but in too few frames to be believed. */
export const TENTATIVE = 0;
/** Confirmed, and seen in the last frame. */
export const TRACKED = 1;
/** Confirmed, out of sight, and waited for. */
export const LOST = 2;
/** About to be removed. */
const ENDED = 3;

/** A detection that is a track's, and when it was made. */
export interface Sighting {
  readonly found: Detections;
  readonly index: number;
  readonly at: Micros;
}

/** What a tracker remembers beside each track; slots are the table's. */
export interface TrackNotes {
  /** A track begins with `sighting`; its filter has been started. */
  started(slot: number, sighting: Sighting, filters: BoxFilters): void;
  /** A track is seen; its filter is where it was predicted. */
  seen(slot: number, sighting: Sighting, filters: BoxFilters): void;
  /** Its filter has been corrected by the sighting. */
  corrected(slot: number, sighting: Sighting, filters: BoxFilters): void;
  /** The track in `from` is in `to` from now on. */
  move(from: number, to: number): void;
}

/** The tracks that are alive, as a struct of arrays; slots 0..count-1, oldest first. */
export class TrackTable {
  count = 0;
  /** x1 y1 x2 y2 per slot: the filters' estimate for the present. */
  boxes = new Float32Array(0);
  classes = new Uint16Array(0);
  status = new Uint8Array(0);
  #scores = new Float32Array(0);
  /** Track number per slot; 0 while tentative, so that numbers are not spent on noise. */
  #tracks = new Int32Array(0);
  #sightings = new Int32Array(0);
  #seenAt = new Float64Array(0);
  readonly #filters = new BoxFilters();
  readonly #notes: TrackNotes | undefined;
  #lastTrack = 0;

  constructor(notes?: TrackNotes) {
    this.#notes = notes;
  }

  /** Moves every track on by `seconds`. */
  advance(seconds: number): void {
    for (let slot = 0; slot < this.count; slot++) {
      this.#filters.predict(slot, seconds);
      this.#filters.read(slot, 0, { boxes: this.boxes, index: slot });
    }
  }

  /** Adds a tentative track for a detection that belongs to none. */
  start(sighting: Sighting): void {
    const { found, index } = sighting;
    const slot = this.count++;
    if (this.count > this.status.length) this.#grow();
    this.status[slot] = TENTATIVE;
    this.classes[slot] = found.classes[index] ?? 0;
    this.#tracks[slot] = 0;
    this.#sightings[slot] = 0;
    this.#filters.start(slot, found.boxes, index);
    this.#notes?.started(slot, sighting, this.#filters);
    this.#saw(slot, sighting);
  }

  /** Corrects a track by the detection that was found to be it. */
  correct(slot: number, sighting: Sighting): void {
    this.#notes?.seen(slot, sighting, this.#filters);
    this.#filters.correct(slot, sighting.found.boxes, sighting.index);
    this.#notes?.corrected(slot, sighting, this.#filters);
    if (this.status[slot] === LOST) this.status[slot] = TRACKED;
    this.#saw(slot, sighting);
  }

  #saw(slot: number, { found, index, at }: Sighting): void {
    this.#scores[slot] = found.scores[index] ?? 0;
    this.#sightings[slot] = (this.#sightings[slot] ?? 0) + 1;
    this.#seenAt[slot] = at;
    this.#filters.read(slot, 0, { boxes: this.boxes, index: slot });
  }

  /** Turns tentative tracks with enough sightings into tracked ones and numbers them. */
  confirm(sightings: number): void {
    for (let slot = 0; slot < this.count; slot++) {
      if (this.status[slot] !== TENTATIVE || (this.#sightings[slot] ?? 0) < sightings) continue;
      this.status[slot] = TRACKED;
      this.#tracks[slot] = ++this.#lastTrack;
    }
  }

  /** A confirmed track was not seen. */
  lose(slot: number): void {
    this.status[slot] = LOST;
    this.#filters.holdSize(slot);
  }

  /** A track is over. */
  end(slot: number): void {
    this.status[slot] = ENDED;
  }

  /** Removes every track not seen since `before`. */
  endUnseen(before: number): void {
    for (let slot = 0; slot < this.count; slot++) if ((this.#seenAt[slot] ?? 0) < before) this.end(slot);
    this.sweep();
  }

  /** Removes the tracks that ended; the others may change slots. */
  sweep(): void {
    let kept = 0;
    for (let slot = 0; slot < this.count; slot++) {
      if (this.status[slot] === ENDED) continue;
      if (slot !== kept) this.#move(slot, kept);
      kept++;
    }
    this.count = kept;
  }

  /** The slots of the tracks in one of the given states. */
  slots(...states: readonly number[]): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.count; slot++) if (states.includes(this.status[slot] ?? ENDED)) slots.push(slot);
    return slots;
  }

  /** The tracked ones, moved on by `seconds`. */
  tracked(seconds: number): Tracked {
    const slots = this.slots(TRACKED);
    const boxes = new Float32Array(4 * slots.length);
    slots.forEach((slot, index) => {
      this.#filters.read(slot, seconds, { boxes, index });
    });
    return {
      count: slots.length,
      boxes,
      scores: Float32Array.from(slots, (slot) => this.#scores[slot] ?? 0),
      classes: Uint16Array.from(slots, (slot) => this.classes[slot] ?? 0),
      tracks: Int32Array.from(slots, (slot) => this.#tracks[slot] ?? 0),
    };
  }

  #move(from: number, to: number): void {
    this.#filters.move(from, to);
    this.#notes?.move(from, to);
    this.boxes.copyWithin(4 * to, 4 * from, 4 * from + 4);
    this.classes[to] = this.classes[from] ?? 0;
    this.status[to] = this.status[from] ?? ENDED;
    this.#scores[to] = this.#scores[from] ?? 0;
    this.#tracks[to] = this.#tracks[from] ?? 0;
    this.#sightings[to] = this.#sightings[from] ?? 0;
    this.#seenAt[to] = this.#seenAt[from] ?? 0;
  }

  #grow(): void {
    const slots = Math.max(16, 2 * this.status.length);
    this.boxes = holding(new Float32Array(4 * slots), this.boxes);
    this.classes = holding(new Uint16Array(slots), this.classes);
    this.status = holding(new Uint8Array(slots), this.status);
    this.#scores = holding(new Float32Array(slots), this.#scores);
    this.#tracks = holding(new Int32Array(slots), this.#tracks);
    this.#sightings = holding(new Int32Array(slots), this.#sightings);
    this.#seenAt = holding(new Float64Array(slots), this.#seenAt);
  }
}
