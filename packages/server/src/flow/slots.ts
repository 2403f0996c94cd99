/** Equal slots in one shared buffer. Both threads hold the buffer; the writing side alone keeps the free list. */
export interface SlotMemory {
  readonly buffer: SharedArrayBuffer;
  readonly slotBytes: number;
  readonly count: number;
}

export function allocateSlots(slotBytes: number, count: number): SlotMemory {
  return { buffer: new SharedArrayBuffer(slotBytes * count), slotBytes, count };
}

/** The bytes of one slot. */
export const slotBytes = ({ buffer, slotBytes: length }: SlotMemory, slot: number): Uint8Array =>
  new Uint8Array(buffer, slot * length, length);

/** The writer's side of a slot pool: takes free slots, waits when there are none, gets them back by index. */
export class SlotPool {
  readonly memory: SlotMemory;
  readonly #free: number[];
  readonly #waiting: ((slot: number | null) => void)[] = [];
  #closed = false;

  constructor(memory: SlotMemory) {
    this.memory = memory;
    this.#free = Array.from({ length: memory.count }, (_, slot) => slot);
  }

  get free(): number {
    return this.#free.length;
  }

  /** The next free slot, or null once the pool is closed. */
  async take(): Promise<number | null> {
    if (this.#closed) return null;
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(slot: number): void {
    const next = this.#waiting.shift();
    if (next) next(slot);
    else this.#free.push(slot);
  }

  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(null);
  }
}
