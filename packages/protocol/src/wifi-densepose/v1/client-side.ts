/** What a client of the streaming API needs besides types: no schemas, so that pages stay small. */
export * from "./address.ts";
export * from "./close-codes.ts";
export * from "./limits.ts";
export { decodeMessage, encodeMessage } from "./packing.ts";
