import { deflateSync, gzipSync } from "node:zlib";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Scratch } from "../batch.ts";
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
    const known = this.#opened[encoding.name];
    if (known) return known;
    const bytes = encoding.open(this.#message);
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

/** What the signatures of one encoding share. */
export interface Ink {
  readonly encoding: Encoding;
  readonly sent: SentTimes;
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
  finish(message: Outgoing, scratch: Scratch): Uint8Array | null {
    if (!(message instanceof Body)) return null;
    const { encoding, sent } = this.#ink;
    const bytes = message.in(encoding);
    const time = message.timed ? sent.now : NOTHING;
    const most =
      MAX_HEADER_BYTES + bytes.length + time.length + this.#client.length + NUMBER_BYTES + encoding.end.length;
    const memory = scratch.take(bytes, { at: MAX_HEADER_BYTES, length: most });
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
}
