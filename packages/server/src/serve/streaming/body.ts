import { deflateSync, gzipSync } from "node:zlib";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import { framed, MAX_HEADER_BYTES } from "../frames.ts";
import type { Finisher, Outgoing } from "../outbox.ts";
import { type Encoding, json, timeOf, type Unsigned } from "./encoding.ts";

/** Says when messages were sent; all that go within a millisecond share one text. */
export class SentTimes {
  readonly #clock: ServeClock;
  readonly #encoding: Encoding;
  #ms = Number.NaN;
  #text = "";

  constructor(clock: ServeClock, encoding: Encoding) {
    this.#clock = clock;
    this.#encoding = encoding;
  }

  /** The end of `times`, as of now. */
  get now(): string {
    const ms = this.#clock.now();
    if (ms !== this.#ms) this.#text = this.#encoding.sent(timeOf(ms));
    this.#ms = ms;
    return this.#text;
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
  const sent = body.timed ? new SentTimes(clock, json).now : "";
  const text = Buffer.concat([body.bytes, Buffer.from(`${sent}"compression":"${compression}"}}`)]);
  return { bytes: compression === "gzip" ? gzipSync(text) : deflateSync(text), binary: true };
}

/**
 * Memory for one message after the other, of all clients: mostly the network takes a message at once, and then a buffer
 * for each would only fill caches and keep the garbage collector busy.
 */
export class Scratch {
  #memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /** At least `length` bytes until the next call, content unknown. */
  take(length: number): Buffer {
    return length > SCRATCH_BYTES ? Buffer.allocUnsafe(length) : this.#memory;
  }

  /** What was taken last is used for longer. */
  leave(): void {
    this.#memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }
}

/** A client that does not read keeps one of these from being freed. */
const SCRATCH_BYTES = 16 * 1024;

/** What the signatures of one encoding share. */
export interface Ink {
  readonly encoding: Encoding;
  readonly sent: SentTimes;
  readonly scratch: Scratch;
}

/** Completes the messages of one client just before they go. */
export class Signature implements Finisher {
  readonly #ink: Ink;
  readonly #client: string;
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
    const tail = `${message.timed ? sent.now : ""}${this.#client}${encoding.close(++this.#sequence)}`;
    const bytes = message.in(encoding);
    const start = MAX_HEADER_BYTES;
    const bodyEnd = start + bytes.length;
    const end = bodyEnd + tail.length;
    const memory = scratch.take(end);
    memory.set(bytes, start);
    memory.write(tail, bodyEnd, "latin1");
    return framed({ memory, start, end, binary: encoding.binary });
  }

  keep(): void {
    this.#ink.scratch.leave();
  }
}
