import { allocateSlots, type SlotMemory } from "../flow/slots.ts";

/** Cameras that are opened again at the same time need no more than this. */
const KEPT = 16;

/**
 * Slot memory that captures are done with, for the next ones. The garbage collector does not weigh shared memory: a
 * camera that is tried again and again would take hundreds of megabytes before any of it were given back.
 */
export class SpareSlots {
  readonly #spare: SlotMemory[] = [];

  take(slotBytes: number, count: number): SlotMemory {
    const fitting = this.#spare.findIndex((memory) => memory.slotBytes === slotBytes && memory.count === count);
    return this.#spare.splice(fitting, fitting < 0 ? 0 : 1)[0] ?? allocateSlots(slotBytes, count);
  }

  /** Nobody may read or write it any more. */
  give(memory: SlotMemory): void {
    this.#spare.push(memory);
    if (this.#spare.length > KEPT) this.#spare.shift();
  }
}
