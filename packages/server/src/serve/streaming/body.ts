import { deflateSync, gzipSync } from "node:zlib";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Finisher, Outgoing } from "../outbox.ts";

/** UTC with milliseconds. */
export const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Says when messages were sent; all that go within a millisecond share one text. */
export class SentTimes {
  readonly #clock: ServeClock;
  #ms = Number.NaN;
  #text = "";

  constructor(clock: ServeClock) {
    this.#clock = clock;
  }

  /** The end of `times`, as of now. */
  get now(): string {
    const ms = this.#clock.now();
    if (ms !== this.#ms) this.#text = `"sent":"${timeOf(ms)}"},`;
    this.#ms = ms;
    return this.#text;
  }
}

/** A message before it says whose it is. */
export interface Unsigned {
  readonly type: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly data?: unknown;
  /** `token_expired` has this instead of `data`. */
  readonly message?: string;
  readonly source?: wire.Source;
  readonly stream?: wire.StreamPosition;
  readonly times?: { readonly capturedMs: number; readonly decodedMs: number; readonly inferredMs: number };
}

/**
 * A message serialised once for all clients, but for its end, which is each client's own: `metadata` is its last
 * member, and what is the same for all stands first in it.
 */
export class Body implements Outgoing {
  readonly bytes: Uint8Array;
  readonly binary = false;
  /** Whether the time of sending is still to be written. */
  readonly timed: boolean;

  constructor({ type, atMs, data, message, source, stream, times }: Unsigned) {
    const timestamp = timeOf(atMs);
    const said = message === undefined ? { type, timestamp, data } : { type, timestamp, message };
    const shared = [
      ...(source ? [`"source":${JSON.stringify(source)},`] : []),
      ...(stream ? [`"stream":${JSON.stringify(stream)},`] : []),
      ...(times ? [openTimes(times)] : []),
    ];
    this.bytes = Buffer.from(`${JSON.stringify(said).slice(0, -1)},"metadata":{${shared.join("")}`);
    this.timed = times !== undefined;
  }
}

const openTimes = ({ capturedMs, decodedMs, inferredMs }: NonNullable<Unsigned["times"]>): string => {
  const times = { captured: timeOf(capturedMs), decoded: timeOf(decodedMs), inferred: timeOf(inferredMs) };
  return `"times":${JSON.stringify(times).slice(0, -1)},`;
};

/** The body as one compressed frame for everybody who wants it so; it says nothing of the client. */
export function packed(body: Body, compression: wire.Compression, clock: ServeClock): Outgoing {
  const sent = body.timed ? new SentTimes(clock).now : "";
  const text = Buffer.concat([body.bytes, Buffer.from(`${sent}"compression":"${compression}"}}`)]);
  return { bytes: compression === "gzip" ? gzipSync(text) : deflateSync(text), binary: true };
}

/**
 * Memory for one message after the other, of all clients: mostly the network takes a message at once, and then a buffer
 * for each would only fill caches and keep the garbage collector busy.
 */
export class Scratch {
  #memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

  /** `length` bytes until the next call, content unknown. */
  take(length: number): Buffer {
    return length > SCRATCH_BYTES ? Buffer.allocUnsafe(length) : this.#memory.subarray(0, length);
  }

  /** What was taken last is used for longer. */
  leave(): void {
    this.#memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }
}

/** A client that does not read keeps one of these from being freed. */
const SCRATCH_BYTES = 16 * 1024;

/** Completes the messages of one client just before they go. */
export class Signature implements Finisher {
  readonly #sent: SentTimes;
  readonly #scratch: Scratch;
  readonly #start: string;
  #sequence = 0;

  /** `clientId` holds nothing that JSON would escape. */
  constructor(clientId: string, { sent, scratch }: { readonly sent: SentTimes; readonly scratch: Scratch }) {
    this.#sent = sent;
    this.#scratch = scratch;
    this.#start = `"client_id":"${clientId}","sequence":`;
  }

  /** How many messages it has completed. */
  get count(): number {
    return this.#sequence;
  }

  /** One that is no `Body` is whole already. */
  finish(message: Outgoing): Outgoing {
    if (!(message instanceof Body)) return message;
    const tail = `${message.timed ? this.#sent.now : ""}${this.#start}${++this.#sequence},"compression":null}}`;
    const { bytes } = message;
    const whole = this.#scratch.take(bytes.length + tail.length);
    whole.set(bytes);
    whole.write(tail, bytes.length, "latin1");
    return { bytes: whole, binary: false };
  }

  keep(): void {
    this.#scratch.leave();
  }
}
