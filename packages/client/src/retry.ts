import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

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
