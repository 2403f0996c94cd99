import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** Who may talk to a port that asks for no token. */
export interface AccessRules {
  /** The address the port listens on. */
  readonly host: string;
  /** Further names by which clients may call this machine. */
  readonly hosts: readonly string[];
}

const WILDCARDS = ["0.0.0.0", "::"];

/** A name or address that always means this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}

/**
 * Whether the `Host` header names this machine. A page on another site that points its own name at our address
 * (DNS rebinding) fails here, because the browser sends that page's name. Addresses cannot be rebound, so all of them
 * are fine where the port listens on all.
 */
export function allowsHost(header: string | undefined, rules: AccessRules): boolean {
  const hostname = hostnameOf(`http://${header ?? ""}`);
  if (hostname === undefined) return false;
  if (isLoopback(hostname) || hostname === rules.host || rules.hosts.includes(hostname)) return true;
  return WILDCARDS.includes(rules.host) && isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}

/** Whether the page that opens a socket, if it is a page, was served by this very port. */
export function isSameOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether a page may use a protocol made for pages of others: from this machine, from disk, or as configured. */
export function allowsPage(headers: IncomingHttpHeaders, origins: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined || origin === "null" || origin === "file://" || origins.includes(origin)) return true;
  const hostname = hostnameOf(origin);
  return isSameOrigin(headers) || (hostname !== undefined && isLoopback(hostname));
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
