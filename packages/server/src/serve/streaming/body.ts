import { deflateSync, gzipSync } from "node:zlib";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import { MAX_HEADER_BYTES, writeHeader } from "../frames.ts";
import type { Finisher, Outgoing } from "../outbox.ts";
import { type Encoding, json, NUMBER_BYTES, timeOf, type Unsigned } from "./encoding.ts";

const NOTHING = Buffer.alloc(0);

/** Says when messages were sent; all that go within a millisecond share the same bytes. */
export class SentTimes {
  readonly #clock: ServeClock;
  readonly #encoding: Encoding;
  #ms = Number.NaN;
  #bytes: Buffer = NOTHING;

  constructor(clock: ServeClock, encoding: Encoding) {
    this.#clock = clock;
    this.#encoding = encoding;
  }

  /** The end of `times`, as of now. */
  get now(): Buffer {
    const ms = this.#clock.now();
    if (ms !== this.#ms) this.#bytes = this.#encoding.sent(timeOf(ms));
    this.#ms = ms;
    return this.#bytes;
  }
}

/**
 * A message for all clients, but for its end, which is each client's own: serialised once for each encoding that one of
 * them speaks.
 */
export class Body implements Outgoing {
  readonly binary = false;
  /** Whether the time of sending is still to be written. */
  readonly timed: boolean;
  readonly #message: Unsigned;
  readonly #opened: Partial<Record<Encoding["name"], Buffer>> = {};

  constructor(message: Unsigned) {
    this.#message = message;
    this.timed = message.times !== undefined;
  }

  /** As JSON. */
  get bytes(): Buffer {
    return this.in(json);
  }

  /** All but the end. */
  in(encoding: Encoding): Buffer {
    const bytes = this.#opened[encoding.name] ?? encoding.open(this.#message);
    this.#opened[encoding.name] = bytes;
    return bytes;
  }
}

/** The body as one compressed frame for everybody who wants it so; it says nothing of the client. */
export function packed(body: Body, compression: wire.Compression, clock: ServeClock): Outgoing {
  const sent = body.timed ? [new SentTimes(clock, json).now] : [];
  const text = Buffer.concat([body.bytes, ...sent, Buffer.from(`"compression":"${compression}"}}`)]);
  return { bytes: compression === "gzip" ? gzipSync(text) : deflateSync(text), binary: true };
}

/**
 * Memory for one message after the other, of all clients: mostly the network takes a message at once, and then a buffer
 * for each would only fill caches and keep the garbage collector busy.
 */
export class Scratch {
  #memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** By their bounds. */
  readonly #parts = new Map<number, Buffer>();

  /** At least `length` bytes until the next call, content unknown. */
  take(length: number): Buffer {
    return length > SCRATCH_BYTES ? Buffer.allocUnsafe(length) : this.#memory;
  }

  /** A part of what was taken last. */
  part(memory: Buffer, from: number, end: number): Buffer {
    if (memory !== this.#memory) return memory.subarray(from, end);
    // Messages are of few lengths, and a view for each of them costs less than one for each message.
    const key = end * MAX_HEADER_BYTES + from;
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
    this.#parts.clear();
  }
}

/** A client that does not read keeps one of these from being freed. */
const SCRATCH_BYTES = 16 * 1024;
const MOST_PARTS = 256;

/** What the signatures of one encoding share. */
export interface Ink {
  readonly encoding: Encoding;
  readonly sent: SentTimes;
  readonly scratch: Scratch;
}

/** Completes the messages of one client just before they go. */
export class Signature implements Finisher {
  readonly #ink: Ink;
  readonly #client: Buffer;
  #sequence = 0;

  /** `clientId` holds nothing that JSON would escape. */
  constructor(clientId: string, ink: Ink) {
    this.#ink = ink;
    this.#client = ink.encoding.client(clientId);
  }

  /** How many messages it has completed. */
  get count(): number {
    return this.#sequence;
  }

  /** One that is no `Body` is whole already. */
  finish(message: Outgoing): Uint8Array | null {
    if (!(message instanceof Body)) return null;
    const { encoding, sent, scratch } = this.#ink;
    const bytes = message.in(encoding);
    const time = message.timed ? sent.now : NOTHING;
    const most =
      MAX_HEADER_BYTES + bytes.length + time.length + this.#client.length + NUMBER_BYTES + encoding.end.length;
    const memory = scratch.take(most);
    memory.set(bytes, MAX_HEADER_BYTES);
    let end = MAX_HEADER_BYTES + bytes.length;
    memory.set(time, end);
    end += time.length;
    memory.set(this.#client, end);
    end = encoding.number(memory, end + this.#client.length, ++this.#sequence);
    memory.set(encoding.end, end);
    end += encoding.end.length;
    const from = writeHeader({ memory, start: MAX_HEADER_BYTES, end, binary: encoding.binary });
    return scratch.part(memory, from, end);
  }

  keep(): void {
    this.#ink.scratch.leave();
  }
}
