import type { IncomingMessage } from "node:http";
import { SESSION_COOKIE } from "./session-cookie.ts";

/** What a request shows of who it is. */
export interface Shown {
  /** A signed token or an API key, or what a page's cookie holds. */
  readonly kind: "token" | "session";
  readonly secret: string;
}

/** How requests come in: a door decides where a credential may stand. */
export interface Door {
  /** Sockets take `?token=` and the subprotocol `bearer.…` too: a browser cannot give them headers. */
  readonly socket: boolean;
  /** Whether it belongs to our own page, whose cookie then counts. */
  readonly page: boolean;
}

const SUBPROTOCOL = "bearer.";

/** The first credential a request shows; a token that was given on purpose goes before the browser's cookie. */
export function shownBy(request: IncomingMessage, door: Door): Shown | null {
  const secret = headerSecret(request) ?? (door.socket ? socketSecret(request) : undefined);
  if (secret !== undefined) return { kind: "token", secret };
  const session = door.page ? SESSION_COOKIE.read(request) : undefined;
  return session === undefined ? null : { kind: "session", secret: session };
}

function headerSecret({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
  const key = headers["x-api-key"];
  return key === undefined ? undefined : String(key);
}

function socketSecret({ headers, url = "" }: IncomingMessage): string | undefined {
  const offered = protocolsOf(headers["sec-websocket-protocol"]).find((name) => name.startsWith(SUBPROTOCOL));
  if (offered !== undefined) return offered.slice(SUBPROTOCOL.length);
  return new URLSearchParams(url.split("?", 2)[1] ?? "").get("token") ?? undefined;
}

const protocolsOf = (header: string | undefined): string[] => (header ?? "").split(",").map((name) => name.trim());

/** Which of the subprotocols that a handshake offers its socket speaks; false for none. */
export const chosenProtocolOf = ({ headers }: IncomingMessage, known: readonly string[]): string | false =>
  chosenProtocol(new Set(protocolsOf(headers["sec-websocket-protocol"])), known);

/**
 * Which of the offered subprotocols a socket speaks: the first of those it knows, else the first; never the one that
 * holds a token, or it would be sent back.
 */
export function chosenProtocol(offered: ReadonlySet<string>, known: readonly string[]): string | false {
  const names = [...offered].filter((name) => name !== "" && !name.startsWith(SUBPROTOCOL));
  return names.find((name) => known.includes(name)) ?? names[0] ?? false;
}
