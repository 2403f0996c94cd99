import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isSameOrigin } from "../access.ts";
import type { Admission } from "./admissions.ts";
import type { Door } from "./credentials.ts";
import { type Peer, peerFinder } from "./peer.ts";
import { type Answer, authorize, type Need, type Principal, type Refusal } from "./principal.ts";

/** The one place that decides who may do what. */
export interface Gate {
  /** The setting that opens it, for the log; absent where none does. */
  readonly setting?: string;
  /** Who a request comes from. Never rejects for what the request holds. */
  authenticate(request: IncomingMessage, door: Door): Promise<Answer>;
  /** From where a request comes, proxies considered. */
  peerOf(request: IncomingMessage): Peer;
  /** For as long as a client stays connected. */
  hold(principal: Principal): Admission;
}

/** Who a request comes from, if it may do what needs this. */
export async function admit(gate: Gate, request: IncomingMessage, { door, need }: Entry): Promise<Answer> {
  const answer = await gate.authenticate(request, door);
  if (!answer.ok) return answer;
  const { principal } = answer;
  const refusal = authorize(principal, need);
  return refusal ? { ok: false, refusal, principal } : answer;
}

/** Where a request comes in, and what it wants. */
export interface Entry {
  readonly door: Door;
  readonly need: Need;
}

/** Whether a request that needs no secret of its own comes from our own page, or from no page at all. */
export function isOwnPage(headers: IncomingHttpHeaders): boolean {
  // Pages of other ports of this machine count as the same site: the cookie travels with their requests too.
  const site = headers["sec-fetch-site"];
  return isSameOrigin(headers) && (site === undefined || site === "same-origin" || site === "none");
}

/** Pages of others may not use what a browser lets them use unasked. */
export const FOREIGN_PAGE: Refusal = {
  status: 403,
  sentence: "Only the page this server serves may do this without a token",
  reason: "a page of another origin asks without a token",
};

const everybody: Principal = {
  userId: "local",
  name: "local",
  by: "nobody",
  credential: null,
  scopes: ["admin"],
  environments: null,
  expiresMs: null,
};

/** Lets in whoever reaches the port: only for ports on loopback. */
export const openGate: Gate = {
  authenticate: async ({ headers }) =>
    isOwnPage(headers) ? { ok: true, principal: everybody } : { ok: false, refusal: FOREIGN_PAGE },
  peerOf: peerFinder(),
  hold: () => ({ ended: new AbortController().signal, [Symbol.dispose]: () => undefined }),
};
