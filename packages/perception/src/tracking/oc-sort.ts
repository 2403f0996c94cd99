import type { Detections, Micros, Tracked } from "@sensorium/protocol";
import { centreOf } from "../geometry/box.ts";
import type { Bonus } from "./association.ts";
import { choose, type Found, Lifecycle } from "./lifecycle.ts";
import { Observations } from "./observations.ts";
import { type OcSortOptions, type OcSortSettings, ocSortSettings } from "./oc-sort-options.ts";
import { LOST, TENTATIVE, TRACKED } from "./track-table.ts";
import type { Tracker } from "./tracker.ts";

/**
 * OC-SORT (Cao et al. 2023, arXiv 2203.14360): SORT that trusts what was seen more than what was predicted. Going on in
 * the same direction speaks for a match, a track left over is looked for where it was last seen, and a track found
 * again forgets what its filter made up meanwhile. Good where people turn and hide often.
 *
 * Items are matched within their class only. Boxes returned are the Kalman filter's estimates.
 */
export class OcSort implements Tracker {
  readonly #settings: OcSortSettings;
  readonly #observations: Observations;
  readonly #life: Lifecycle;

  /** Throws `config-invalid` where options contradict one another. */
  constructor(options: OcSortOptions = {}) {
    this.#settings = ocSortSettings(options);
    this.#observations = new Observations(this.#settings.momentum.over);
    this.#life = new Lifecycle(this.#settings, this.#observations);
  }

  update(detections: Detections, at: Micros): Tracked {
    const { overlaps, scores } = this.#settings;
    const life = this.#life;
    const now = life.advance(at);
    this.#observations.advance();
    const slots = life.table.slots(TENTATIVE, TRACKED, LOST);
    const found = choose(detections, { from: scores.high });
    const rest = life.match({ slots, found }, { minIou: overlaps.predicted, bonus: this.#bonus(found, now) });
    return life.settle(life.match(rest, { minIou: overlaps.recovered, boxes: this.#observations.boxes }));
  }

  predict(at: Micros): Tracked {
    return this.#life.predict(at);
  }

  #bonus(found: Found, at: Micros): Bonus {
    const { weight } = this.#settings.momentum;
    return (slot, index) =>
      weight * (found.scores[index] ?? 0) * this.#observations.momentum(slot, centreOf(found, index), at);
  }
}
