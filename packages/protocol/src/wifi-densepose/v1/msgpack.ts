import { DecodeError, Decoder } from "@msgpack/msgpack";
import { LIKE_JSON } from "./packing.ts";
import { checkClientMessage, type ParsedClientMessage } from "./schema.ts";

export { decodeMessage, encodeMessage } from "./packing.ts";

/** No list of a client's message is longer: a length costs nothing to write, but memory to believe. */
const MAX_LIST = 128;

const clientDecoder = new Decoder({ ...LIKE_JSON, maxArrayLength: MAX_LIST });

/** Reads one binary message of a client; never throws. */
export function parsePackedClientMessage(bytes: Uint8Array): ParsedClientMessage {
  let value: unknown;
  try {
    value = clientDecoder.decode(bytes);
  } catch (thrown) {
    const tooMuch = thrown instanceof DecodeError && thrown.message.startsWith("Max length");
    const message = tooMuch
      ? `The message holds what no message needs: binary, an extension, or a list of more than ${MAX_LIST}`
      : "The message is not one MessagePack object";
    return { ok: false, message, details: null };
  }
  return checkClientMessage(value);
}
