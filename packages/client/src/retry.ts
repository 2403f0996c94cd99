import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ClientError } from "./error.ts";

const FIRST_MS = 500;
const CAP_MS = 30_000;
const LATER_MS = 60_000;

/**
 * How long to wait before coming back after the n-th failure in a row (n from 1), or null for never: anything from
 * nothing to a bound that doubles, so that clients cut off together do not return together; after a minute where the
 * server asks for that.
 */
export function retryDelayMs(reconnect: wire.Reconnect, failures: number, random: number): number | null {
  switch (reconnect) {
    case "never":
      return null;
    case "later":
      return LATER_MS * (1 + random / 2);
    case "now":
    case "with-new-credential":
      return random * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  }
}

/**
 * How long to wait before a request that may be repeated is, after its n-th failure (n from 1): as long as the server
 * asks for, and a random time besides. Null where repeating cannot help soon.
 */
export function repeatDelayMs(error: ClientError, failures: number, random: number): number | null {
  const askedMs = (error.refusal?.retryAfter ?? 0) * 1000;
  if (!isPassing(error) || failures > MOST_REPEATS || askedMs > CAP_MS) return null;
  return askedMs + random * FIRST_MS * 2 ** (failures - 1);
}

const MOST_REPEATS = 3;

/** What the server itself says of its own state does not pass within seconds. */
const isPassing = ({ code, retryable, refusal }: ClientError): boolean =>
  code === "unreachable" || refusal?.status === 429 || (retryable && refusal?.code === null);
