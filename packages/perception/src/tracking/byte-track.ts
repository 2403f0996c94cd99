import { type Detections, type Micros, micros, noDetections, secondsOf, type Tracked } from "@sensorium/protocol";
import { hasArea } from "../geometry/box.ts";
import { Association } from "./association.ts";
import { type ByteTrackOptions, type ByteTrackSettings, byteTrackSettings } from "./byte-track-options.ts";
import { LOST, TENTATIVE, TRACKED, TrackTable } from "./track-table.ts";
import type { Tracker } from "./tracker.ts";

/** The detections at `indices`. */
type Found = Detections & { readonly indices: readonly number[] };

/**
 * ByteTrack (Zhang et al. 2022, arXiv 2110.06864): matches confirmed tracks, lost ones included, with the detections
 * the detector is sure of, then the visible ones left over with those it is not sure of, such as people half hidden.
 * Real time drives it: motion follows the time between frames, and a lost track is waited for a duration.
 *
 * Items are matched within their class only. Boxes returned are the Kalman filter's estimates.
 */
export class ByteTrack implements Tracker {
  readonly #settings: ByteTrackSettings;
  readonly #table = new TrackTable();
  readonly #association = new Association();
  #now: Micros | undefined;

  /** Throws `config-invalid` where options contradict one another. */
  constructor(options: ByteTrackOptions = {}) {
    this.#settings = byteTrackSettings(options);
  }

  update(detections: Detections, at: Micros): Tracked {
    const { scores, overlaps, sightings } = this.#settings;
    const table = this.#table;
    const now = this.#advance(at);
    const sure = choose(detections, { from: scores.high, below: Number.POSITIVE_INFINITY });
    const unsure = choose(detections, { from: scores.low, below: scores.high });
    const tentative = table.slots(TENTATIVE);

    const afterSure = this.#match(table.slots(TRACKED, LOST), sure, overlaps.first);
    const visible = afterSure.slots.filter((slot) => table.status[slot] === TRACKED);
    const afterUnsure = this.#match(visible, unsure, overlaps.second);
    const afterTentative = this.#match(tentative, afterSure.found, overlaps.unconfirmed);

    for (const slot of afterUnsure.slots) table.lose(slot);
    for (const slot of afterTentative.slots) table.end(slot);
    for (const index of afterTentative.found.indices) {
      if ((detections.scores[index] ?? 0) >= scores.start) table.start(detections, index, now);
    }
    table.confirm(sightings);
    table.sweep();
    return table.tracked(0);
  }

  predict(at: Micros): Tracked {
    const ahead = micros(at - (this.#now ?? Number.NEGATIVE_INFINITY));
    const near = Math.abs(ahead) <= this.#settings.lostFor;
    return near ? this.#table.tracked(secondsOf(ahead)) : noTracks();
  }

  /** Moves all tracks to the present, without those that have been out of sight too long. */
  #advance(at: Micros): Micros {
    const before = this.#now ?? at;
    const now = micros(Math.max(at, before));
    this.#now = now;
    this.#table.endUnseen(now - this.#settings.lostFor);
    this.#table.advance(secondsOf(micros(now - before)));
    return now;
  }

  /** Corrects the tracks in `slots` that match something in `found`, and returns what is left of both. */
  #match(slots: readonly number[], found: Found, minIou: number): { slots: number[]; found: Found } {
    const table = this.#table;
    const at = this.#now ?? micros(0);
    const known = { boxes: table.boxes, classes: table.classes, indices: slots };
    const partners = this.#association.match(known, found, minIou);
    const taken = new Set(partners);
    slots.forEach((slot, i) => {
      const index = found.indices[partners[i] ?? -1];
      if (index !== undefined) table.correct(slot, { found, index, at });
    });
    return {
      slots: slots.filter((_, i) => partners[i] === -1),
      found: { ...found, indices: found.indices.filter((_, j) => !taken.has(j)) },
    };
  }
}

/** The detections with an area and a score in the given range. */
function choose(detections: Detections, { from, below }: { from: number; below: number }): Found {
  const indices: number[] = [];
  for (let i = 0; i < detections.count; i++) {
    const score = detections.scores[i] ?? 0;
    if (score >= from && score < below && hasArea(detections, i)) indices.push(i);
  }
  return { ...detections, indices };
}

const noTracks = (): Tracked => ({ ...noDetections(), tracks: new Int32Array(0) });
