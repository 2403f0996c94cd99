import { Writable } from "node:stream";

/** Memory for one message after the other: a buffer for each would only fill caches and keep the garbage collector busy. */
export class Scratch {
  #memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #head: Uint8Array | undefined;
  /** By their bounds. */
  readonly #parts = new Map<number, Buffer>();

  /**
   * Memory until the next call with `head` in it from `at` on, and at least `length` bytes in all; what the others hold
   * is unknown. Of a head that many clients get, and that nobody changes, no second copy is made.
   */
  take(head: Uint8Array, { at, length }: { readonly at: number; readonly length: number }): Buffer {
    const memory = length > SCRATCH_BYTES ? Buffer.allocUnsafe(length) : this.#memory;
    if (memory === this.#memory && head === this.#head) return memory;
    memory.set(head, at);
    if (memory === this.#memory) this.#head = head;
    return memory;
  }

  /** A part of what was taken last. */
  part(memory: Buffer, from: number, end: number): Buffer {
    if (memory !== this.#memory) return memory.subarray(from, end);
    // Messages are of few lengths, and a view for each of them costs less than one for each message.
    const key = end * SCRATCH_BYTES + from;
    const known = this.#parts.get(key);
    if (known) return known;
    if (this.#parts.size >= MOST_PARTS) this.#parts.clear();
    const part = memory.subarray(from, end);
    this.#parts.set(key, part);
    return part;
  }

  /** What was taken last is used for longer. */
  leave(): void {
    this.#memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.#head = undefined;
    this.#parts.clear();
  }
}

/** A client that does not read keeps one of these from being freed. */
const SCRATCH_BYTES = 16 * 1024;
const MOST_PARTS = 64;

/** Whose frames go out in batches. */
export interface Recipient {
  readonly stream: Writable;
  /** The network has not taken all of its frame at once, which it mostly does. */
  wait(): void;
}

interface Slot {
  readonly scratch: Scratch;
  recipient: Recipient;
  frame: Uint8Array;
}

const NOBODY: Recipient = { stream: new Writable(), wait: () => undefined };
const NOTHING = new Uint8Array(0);
const SLOTS = 32;

/**
 * Frames of many clients that go out together, within the same turn: some are made one after the other, then written one
 * after the other. The kernel's work and ours push each other out of the processor's caches, and a client's process
 * falls asleep while the next frame is made, only to be woken for it: alternating costs a fifth more.
 */
export class Batch {
  readonly #slots = Array.from({ length: SLOTS }, (): Slot => {
    return { scratch: new Scratch(), recipient: NOBODY, frame: NOTHING };
  });
  #filled = 0;
  #turn = 0;
  #promised = false;

  /** Memory for the frame that is added next. */
  get scratch(): Scratch {
    return this.#slot.scratch;
  }

  /** Until it changes, what was added waits. */
  get turn(): number {
    return this.#turn;
  }

  /** A recipient has at most one frame in a turn. */
  add(recipient: Recipient, frame: Uint8Array): void {
    const slot = this.#slot;
    slot.recipient = recipient;
    slot.frame = frame;
    if (++this.#filled === SLOTS) this.flush();
    else if (!this.#promised) this.#promise();
  }

  /** Writes what is in it. */
  flush(): void {
    const slots = this.#filled === SLOTS ? this.#slots : this.#slots.slice(0, this.#filled);
    this.#filled = 0;
    this.#turn++;
    for (const { recipient, frame } of slots) recipient.stream.write(frame);
    for (const slot of slots) this.#settle(slot);
  }

  get #slot(): Slot {
    const slot = this.#slots[this.#filled];
    if (!slot) throw new Error("a full batch is written at once");
    return slot;
  }

  #settle(slot: Slot): void {
    const { recipient, scratch } = slot;
    slot.recipient = NOBODY;
    if (recipient.stream.writableLength === 0) return;
    scratch.leave();
    recipient.wait();
  }

  #promise(): void {
    this.#promised = true;
    queueMicrotask(() => {
      this.#promised = false;
      this.flush();
    });
  }
}
