import { encodeMessage } from "@sensorium/protocol/msgpack";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

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
 * How messages are written: first what is the same for all clients, then what is each client's own. `metadata` is the
 * last member, and what is the same for all stands first in it.
 */
export interface Encoding {
  readonly name: "json" | "msgpack";
  /** Whether its messages are binary ones. */
  readonly binary: boolean;
  /** Everything up to the time of sending, or to the client. */
  open(message: Unsigned): Buffer;
  /** The last of `times`. */
  sent(time: string): Buffer;
  /** Up to the message's number. `clientId` holds nothing that JSON would escape, and only ASCII. */
  client(clientId: string): Buffer;
  /** Writes the message's number, in at most `NUMBER_BYTES`, and returns where it ends. */
  number(memory: Buffer, at: number, sequence: number): number;
  /** What follows the number. */
  readonly end: Buffer;
}

/** The most bytes that a message's number takes. */
export const NUMBER_BYTES = 16;

const ZERO = "0".charCodeAt(0);

/** Text messages. */
export const json: Encoding = {
  name: "json",
  binary: false,
  open(message) {
    const { source, stream, times } = message;
    const shared = [
      ...(source ? [`"source":${JSON.stringify(source)},`] : []),
      ...(stream ? [`"stream":${JSON.stringify(stream)},`] : []),
      ...(times ? [`"times":${JSON.stringify(timesOf(times)).slice(0, -1)},`] : []),
    ];
    return Buffer.from(`${JSON.stringify(saidBy(message)).slice(0, -1)},"metadata":{${shared.join("")}`);
  },
  sent: (time) => Buffer.from(`"sent":"${time}"},`),
  client: (clientId) => Buffer.from(`"client_id":"${clientId}","sequence":`),
  number(memory, at, sequence) {
    let end = at + 1;
    for (let power = 10; power <= sequence; power *= 10) end++;
    for (let place = end - 1, rest = sequence; place >= at; place--) {
      memory[place] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    return end;
  },
  end: Buffer.from(`,"compression":null}}`),
};

/** `metadata` has these besides: maps say in front how many members they have. */
const OWN_MEMBERS = 3;

/** Binary messages, each one map. */
export const messagePack: Encoding = {
  name: "msgpack",
  binary: true,
  open(message) {
    const { source, stream, times } = message;
    return Buffer.concat([
      openMap(saidBy(message), 1),
      encodeMessage("metadata"),
      openMap({ source, stream }, times ? 1 + OWN_MEMBERS : OWN_MEMBERS),
      ...(times ? [encodeMessage("times"), openMap(timesOf(times), 1), encodeMessage("sent")] : []),
    ]);
  },
  sent: (time) => Buffer.from(encodeMessage(time)),
  client: (clientId) => Buffer.concat(["client_id", clientId, "sequence"].map((text) => encodeMessage(text))),
  number(memory, at, sequence) {
    memory[at] = UINT32;
    return memory.writeUInt32BE(sequence, at + 1);
  },
  end: Buffer.concat([encodeMessage("compression"), encodeMessage(null)]),
};

/** What stands before a number of four bytes. */
const UINT32 = 0xce;

const saidBy = ({ type, atMs, data, message }: Unsigned) => {
  const timestamp = timeOf(atMs);
  return message === undefined ? { type, timestamp, data } : { type, timestamp, message };
};

const timesOf = ({ capturedMs, decodedMs, inferredMs }: NonNullable<Unsigned["times"]>) => ({
  captured: timeOf(capturedMs),
  decoded: timeOf(decodedMs),
  inferred: timeOf(inferredMs),
});

/** A map of a few members, after which `more` are written. */
function openMap(value: object, more: number): Uint8Array {
  const bytes = encodeMessage(value);
  // Up to 15 members, their number is the lower half of the first byte.
  bytes[0] = (bytes[0] ?? 0) + more;
  return bytes;
}
