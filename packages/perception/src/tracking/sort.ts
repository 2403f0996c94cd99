import type { Detections, Micros, Tracked } from "@sensorium/protocol";
import { choose, Lifecycle } from "./lifecycle.ts";
import { LOST, TENTATIVE, TRACKED } from "./track-table.ts";
import type { Tracker } from "./tracker.ts";
import { checkOverlaps, type TrackerOptions, type TrackerSettings, trackerSettings } from "./tracker-options.ts";

/** How SORT decides; what is left out takes its default. */
export interface SortOptions extends TrackerOptions {
  /** The overlap (intersection over union, 0..1) that a match must exceed (0.3). */
  readonly overlap?: number;
}

/**
 * SORT (Bewley et al. 2016, arXiv 1602.00763): one matching of all tracks, where they are predicted, with all
 * detections the detector is sure of. The simplest of the trackers and the measure of the others.
 *
 * Items are matched within their class only. Boxes returned are the Kalman filter's estimates; the filter is the one
 * the other trackers have. A track stays confirmed while it is waited for, whereas the paper confirms it anew.
 */
export class Sort implements Tracker {
  readonly #settings: TrackerSettings;
  readonly #overlap: number;
  readonly #life: Lifecycle;

  /** Throws `config-invalid` where options contradict one another. */
  constructor(options: SortOptions = {}) {
    const { overlap = 0.3 } = options;
    checkOverlaps({ overlap });
    this.#overlap = overlap;
    this.#settings = trackerSettings(options);
    this.#life = new Lifecycle(this.#settings);
  }

  update(detections: Detections, at: Micros): Tracked {
    const life = this.#life;
    life.advance(at);
    const slots = life.table.slots(TENTATIVE, TRACKED, LOST);
    const found = choose(detections, { from: this.#settings.scores.high });
    return life.settle(life.match({ slots, found }, { minIou: this.#overlap }));
  }

  predict(at: Micros): Tracked {
    return this.#life.predict(at);
  }
}
