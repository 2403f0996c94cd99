import type { Detections, Micros, Tracked } from "@sensorium/protocol";
import { type ByteTrackOptions, type ByteTrackSettings, byteTrackSettings } from "./byte-track-options.ts";
import { choose, Lifecycle } from "./lifecycle.ts";
import { LOST, TENTATIVE, TRACKED } from "./track-table.ts";
import type { Tracker } from "./tracker.ts";

/**
 * ByteTrack (Zhang et al. 2022, arXiv 2110.06864): matches confirmed tracks, lost ones included, with the detections
 * the detector is sure of, then the visible ones left over with those it is not sure of, such as people half hidden.
 * Real time drives it: motion follows the time between frames, and a lost track is waited for a duration.
 *
 * Items are matched within their class only. Boxes returned are the Kalman filter's estimates.
 */
export class ByteTrack implements Tracker {
  readonly #settings: ByteTrackSettings;
  readonly #life: Lifecycle;

  /** Throws `config-invalid` where options contradict one another. */
  constructor(options: ByteTrackOptions = {}) {
    this.#settings = byteTrackSettings(options);
    this.#life = new Lifecycle(this.#settings);
  }

  update(detections: Detections, at: Micros): Tracked {
    const { scores, overlaps } = this.#settings;
    const life = this.#life;
    const { table } = life;
    life.advance(at);
    const sure = choose(detections, { from: scores.high });
    const unsure = choose(detections, { from: scores.low, below: scores.high });
    const tentative = table.slots(TENTATIVE);

    const afterSure = life.match({ slots: table.slots(TRACKED, LOST), found: sure }, { minIou: overlaps.first });
    const visible = afterSure.slots.filter((slot) => table.status[slot] === TRACKED);
    const afterUnsure = life.match({ slots: visible, found: unsure }, { minIou: overlaps.second });
    const rest = life.match({ slots: tentative, found: afterSure.found }, { minIou: overlaps.unconfirmed });
    return life.settle({ slots: [...afterUnsure.slots, ...rest.slots], found: rest.found });
  }

  predict(at: Micros): Tracked {
    return this.#life.predict(at);
  }
}
