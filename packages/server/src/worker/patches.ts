import { detectorWorker } from "@sensorium/protocol/wire";
import type { Attributes } from "../mpta/run/result.ts";

/**
 * What becomes known of the cars in front of displays, as backends are asked to merge it: when a car looks the same in
 * two frames one after the other, and then once.
 */
export class Patches {
  /** By subscription: what was seen last, and what was sent. */
  readonly #seen = new Map<string, string>();
  readonly #sent = new Map<string, string>();

  /** What is to be merged after another frame of a subscription, if anything. */
  next(identifier: string, attributes: Attributes): detectorWorker.PatchSessionMessage["data"] | undefined {
    const currentCar = carOf(attributes);
    const text = JSON.stringify(currentCar);
    const isStable = this.#seen.get(identifier) === text;
    this.#seen.set(identifier, text);
    if (!isStable || Object.keys(currentCar).length === 0 || this.#sent.get(identifier) === text) return undefined;
    this.#sent.set(identifier, text);
    return { currentCar };
  }

  /** The display is in another session now. */
  forget(display: string): void {
    for (const identifier of this.#sent.keys()) {
      if (detectorWorker.displayOf(identifier) === display) this.#sent.delete(identifier);
    }
  }
}

/** The attributes that are known, by the names that a display's data has for them. */
function carOf({ carModel, carBrand, carYear, bodyType, licensePlateText }: Attributes) {
  return {
    ...(carModel !== null && { carModel }),
    ...(carBrand !== null && { carBrand }),
    ...(carYear !== null && { carYear }),
    ...(bodyType !== null && { bodyType }),
    ...(licensePlateText !== null && { licensePlateText }),
  };
}
