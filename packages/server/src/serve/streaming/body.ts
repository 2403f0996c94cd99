import { deflateSync, gzipSync } from "node:zlib";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outgoing } from "../outbox.ts";

/** UTC with milliseconds. */
export const timeOf = (ms: number): string => new Date(ms).toISOString();

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
  const text = Buffer.concat([body.bytes, Buffer.from(`${sentTime(body, clock)}"compression":"${compression}"}}`)]);
  return { bytes: compression === "gzip" ? gzipSync(text) : deflateSync(text), binary: true };
}

/** Completes the messages of one client just before they go. */
export class Signature {
  readonly #clock: ServeClock;
  readonly #start: string;
  #sequence = 0;

  /** `clientId` holds nothing that JSON would escape. */
  constructor(clientId: string, clock: ServeClock) {
    this.#clock = clock;
    this.#start = `"client_id":"${clientId}","sequence":`;
  }

  /** How many messages it has completed. */
  get count(): number {
    return this.#sequence;
  }

  /** The whole message; one that is no `Body` is whole already. */
  sign(message: Outgoing): Outgoing {
    if (!(message instanceof Body)) return message;
    const tail = `${sentTime(message, this.#clock)}${this.#start}${++this.#sequence},"compression":null}}`;
    const { bytes } = message;
    const whole = Buffer.allocUnsafe(bytes.length + tail.length);
    whole.set(bytes);
    whole.write(tail, bytes.length, "latin1");
    return { bytes: whole, binary: false };
  }
}

const sentTime = ({ timed }: Body, clock: ServeClock): string => (timed ? `"sent":"${timeOf(clock.now())}"},` : "");
