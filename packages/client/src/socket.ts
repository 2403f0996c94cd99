import type { Data } from "./codec.ts";

/** The part of the standard WebSocket that is used. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: Data }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

/** Begins to open a socket; by the WebSocket of the platform, unless another is given. */
export type OpenSocket = (url: string, subprotocol: string) => Socket;

/** The platform's own: every browser, Node from 22 on. */
export const openWebSocket: OpenSocket = (url, subprotocol) => new WebSocket(url, subprotocol) as unknown as Socket;
