import type { IncomingMessage } from "node:http";

/** Cookies are shared by all ports of a host; with the port in the name two servers keep out of each other's way. */
const nameFor = ({ socket }: IncomingMessage): string => `sensorium-session-${socket.localPort}`;

// Nothing but our own page may send it along, and no script may read it.
const RULES = "Path=/; HttpOnly; SameSite=Strict";

/** The cookie that holds a page's session. */
export const SESSION_COOKIE = {
  read(request: IncomingMessage): string | undefined {
    const start = `${nameFor(request)}=`;
    const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
  },

  /** A `Set-Cookie` header that lasts `seconds`. */
  set(request: IncomingMessage, { secret, seconds, encrypted }: NewCookie): string {
    const rules = encrypted ? `${RULES}; Secure` : RULES;
    return `${nameFor(request)}=${secret}; Max-Age=${seconds}; ${rules}`;
  },

  /** A `Set-Cookie` header that takes it away. */
  clear: (request: IncomingMessage): string => `${nameFor(request)}=; Max-Age=0; ${RULES}`,
};

/** What a page is to keep. */
interface NewCookie {
  readonly secret: string;
  readonly seconds: number;
  /** Whether it may only travel encrypted from now on. */
  readonly encrypted: boolean;
}
