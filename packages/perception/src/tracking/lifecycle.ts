import { type Detections, type Micros, micros, noDetections, secondsOf, type Tracked } from "@sensorium/protocol";
import { hasArea } from "../geometry/box.ts";
import { Association, type Bonus } from "./association.ts";
import { TENTATIVE, type TrackNotes, TrackTable } from "./track-table.ts";
import type { TrackerSettings } from "./tracker-options.ts";

/** The detections at `indices`. */
export type Found = Detections & { readonly indices: readonly number[] };

/** Tracks and detections that have no partner yet. */
export interface Unmatched {
  readonly slots: readonly number[];
  readonly found: Found;
}

/** How tracks and detections are matched. */
export interface MatchRule {
  /** The overlap that a match must exceed. */
  readonly minIou: number;
  /** x1 y1 x2 y2 per slot: where to look for the tracks, if not where they are predicted. */
  readonly boxes?: Float32Array;
  /** Speaks for or against pairs of a slot and an index of the detections, beside their overlap. */
  readonly bonus?: Bonus;
}

/**
 * The life of one stream's tracks, which is the same whatever a tracker matches them by: tentative until seen often
 * enough in a row, then followed, lost when missed, and ended when out of sight too long.
 */
export class Lifecycle {
  readonly table: TrackTable;
  readonly #settings: TrackerSettings;
  readonly #association = new Association();
  #now: Micros | undefined;

  /** `notes`, where given, are kept beside every track. */
  constructor(settings: TrackerSettings, notes?: TrackNotes) {
    this.#settings = settings;
    this.table = new TrackTable(notes);
  }

  /** Moves all tracks to the present, without those out of sight too long; returns the present, which never goes back. */
  advance(at: Micros): Micros {
    const before = this.#now ?? at;
    const now = micros(Math.max(at, before));
    this.#now = now;
    this.table.endUnseen(now - this.#settings.lostFor);
    this.table.advance(secondsOf(micros(now - before)));
    return now;
  }

  /** Corrects the tracks in `slots` that match something in `found`, and returns what is left of both. */
  match({ slots, found }: Unmatched, { minIou, boxes = this.table.boxes, bonus }: MatchRule): Unmatched {
    const at = this.#now ?? micros(0);
    const known = { boxes, classes: this.table.classes, indices: slots };
    const partners = this.#association.match(known, found, { minIou, bonus });
    const taken = new Set(partners);
    slots.forEach((slot, i) => {
      const index = found.indices[partners[i] ?? -1];
      if (index !== undefined) this.table.correct(slot, { found, index, at });
    });
    return {
      slots: slots.filter((_, i) => partners[i] === -1),
      found: { ...found, indices: found.indices.filter((_, j) => !taken.has(j)) },
    };
  }

  /** Closes a frame: tracks without a partner are lost or over, detections without one may start a track. */
  settle({ slots, found }: Unmatched): Tracked {
    const { table } = this;
    const { scores, sightings } = this.#settings;
    const at = this.#now ?? micros(0);
    for (const slot of slots) {
      if (table.status[slot] === TENTATIVE) table.end(slot);
      else table.lose(slot);
    }
    for (const index of found.indices) {
      if ((found.scores[index] ?? 0) >= scores.start) table.start({ found, index, at });
    }
    table.confirm(sightings);
    table.sweep();
    return table.tracked(0);
  }

  /** The tracks of the last frame at a time near it. */
  predict(at: Micros): Tracked {
    const ahead = micros(at - (this.#now ?? Number.NEGATIVE_INFINITY));
    const near = Math.abs(ahead) <= this.#settings.lostFor;
    return near ? this.table.tracked(secondsOf(ahead)) : noTracks();
  }
}

/** The detections with an area and a score in the given range. */
export function choose(detections: Detections, { from, below = Number.POSITIVE_INFINITY }: ScoreRange): Found {
  const indices: number[] = [];
  for (let i = 0; i < detections.count; i++) {
    const score = detections.scores[i] ?? 0;
    if (score >= from && score < below && hasArea(detections, i)) indices.push(i);
  }
  return { ...detections, indices };
}

interface ScoreRange {
  readonly from: number;
  readonly below?: number;
}

const noTracks = (): Tracked => ({ ...noDetections(), tracks: new Int32Array(0) });
