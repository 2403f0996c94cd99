/** Where the protocol is served. */
export const PATH = "/ws/v1";

/** The subprotocol a client may name. */
export const SUBPROTOCOL = "wifi-densepose-v1";

/** The subprotocol of a client that speaks MessagePack instead of JSON. */
export const MESSAGE_PACK_SUBPROTOCOL = "wifi-densepose-v1.msgpack";
