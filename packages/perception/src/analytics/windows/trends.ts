import type { WindowEvent } from "./watch-windows.ts";

/** How a figure compares with that of the window before. */
export type Trend = "rising" | "steady" | "falling";

/** Null where there is nothing to compare, or to compare with. */
export interface Trends {
  readonly occupancy: Trend | null;
  readonly activity: Trend | null;
  readonly confidence: Trend | null;
}

/** Smaller differences are steady: a quarter of a person or, of many people, a tenth of them. */
const PEOPLE = 0.25;
const PEOPLE_SHARE = 0.1;
/** Of the level of activity, 0..1, and of the confidence. */
const LEVEL = 0.05;
const CONFIDENCE = 0.02;

/** How a window's figures compare with those of the one before. */
export function trendsOf(before: WindowEvent | undefined, now: Omit<WindowEvent, "trends">): Trends {
  const people = before?.occupancy.average ?? null;
  return {
    occupancy: trend(people, now.occupancy.average, Math.max(PEOPLE, PEOPLE_SHARE * (people ?? 0))),
    activity: trend(before?.activity.level ?? null, now.activity.level, LEVEL),
    confidence: trend(before?.detection.confidence ?? null, now.detection.confidence, CONFIDENCE),
  };
}

function trend(before: number | null, now: number | null, band: number): Trend | null {
  if (before === null || now === null) return null;
  if (Math.abs(now - before) <= band) return "steady";
  return now > before ? "rising" : "falling";
}
