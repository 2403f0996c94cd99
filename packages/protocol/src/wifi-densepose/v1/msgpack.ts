import { DecodeError, decode, encode } from "@msgpack/msgpack";
import type { ParsedClientMessage } from "./schema.ts";
import { checkClientMessage } from "./schema.ts";

/**
 * The messages of the streaming API as MessagePack: the same maps, lists, texts and numbers as in JSON. Members that are
 * undefined are left out, as JSON leaves them out.
 */

/** No list of a client's message is longer: a length costs nothing to write, but memory to believe. */
const MAX_LIST = 128;
/** What JSON does not have is not understood. */
const CLIENT_LIMITS = { maxArrayLength: MAX_LIST, maxBinLength: 0, maxExtLength: 0 };

/** `value` as one MessagePack object. */
export const encodeMessage = (value: unknown): Uint8Array => encode(value, { ignoreUndefined: true });

/** The one MessagePack object that `bytes` hold; throws when they hold none, or more. */
export const decodeMessage = (bytes: Uint8Array): unknown => decode(bytes, { maxBinLength: 0, maxExtLength: 0 });

/** Reads one binary message of a client; never throws. */
export function parsePackedClientMessage(bytes: Uint8Array): ParsedClientMessage {
  let value: unknown;
  try {
    value = decode(bytes, CLIENT_LIMITS);
  } catch (thrown) {
    const tooMuch = thrown instanceof DecodeError && thrown.message.startsWith("Max length");
    const message = tooMuch
      ? `The message holds what no message needs: binary, an extension, or a list of more than ${MAX_LIST}`
      : "The message is not one MessagePack object";
    return { ok: false, message, details: null };
  }
  return checkClientMessage(value);
}
