import { uniformAt } from "@sensorium/perception";

/** A simulated Wi-Fi router at a time. */
export interface SimulatedRouter {
  readonly id: string;
  /** Seconds after the room opened since when it has been silent; null while it is heard. */
  readonly silentSince: number | null;
}

const ROUTERS = 2;
/** In each span of this many seconds a router falls silent once, or not at all. */
const SPAN = 90;
const SILENT_AT_LEAST = 8;
const SILENT_AT_MOST = 25;

/** The routers of a room `seconds` after it opened; the same for the same seed. */
export function routersAt(seed: number, seconds: number): SimulatedRouter[] {
  const span = Math.floor(seconds / SPAN);
  return Array.from({ length: ROUTERS }, (_, router) => {
    const dice = (salt: number): number => uniformAt(seed, span, router, salt);
    const lasts = SILENT_AT_LEAST + (SILENT_AT_MOST - SILENT_AT_LEAST) * dice(1);
    const since = SPAN * span + (SPAN - lasts) * dice(2);
    const silent = dice(3) < 0.5 && seconds >= since && seconds < since + lasts;
    return { id: `router_${String(router + 1).padStart(3, "0")}`, silentSince: silent ? since : null };
  });
}
