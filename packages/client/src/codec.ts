import { decodeMessage, encodeMessage, MESSAGE_PACK_SUBPROTOCOL, SUBPROTOCOL } from "@sensorium/protocol/streaming";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** How messages are written; poses are about a fifth smaller in MessagePack. */
export type Encoding = "json" | "msgpack";

/** What a socket delivers. */
export type Data = string | ArrayBuffer;

/** How one connection's messages are read and written. */
export interface Codec {
  readonly subprotocol: string;
  encode(message: wire.ClientMessage): string | Uint8Array<ArrayBuffer>;
  /** Throws, or rejects, for what is no message; a promise only for what has to be unpacked. */
  decode(data: Data): unknown;
}

/** The codec of an encoding; frames are compressed in JSON only. */
export function codecOf(encoding: Encoding, compression: wire.Compression | undefined): Codec {
  if (encoding === "msgpack") {
    return {
      subprotocol: MESSAGE_PACK_SUBPROTOCOL,
      encode: encodeMessage,
      decode: (data) => decodeMessage(new Uint8Array(data as ArrayBuffer)),
    };
  }
  return {
    subprotocol: SUBPROTOCOL,
    encode: JSON.stringify,
    decode: (data) => (typeof data === "string" ? JSON.parse(data) : unpack(data, compression)),
  };
}

async function unpack(data: ArrayBuffer, compression: wire.Compression = "gzip"): Promise<unknown> {
  const unpacked = new Blob([data]).stream().pipeThrough(new DecompressionStream(compression));
  return new Response(unpacked).json();
}
