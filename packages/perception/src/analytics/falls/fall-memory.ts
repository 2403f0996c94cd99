import type { Micros } from "@sensorium/protocol";
import { type BodyHistory, movedLately, presentOf } from "../body/body-history.ts";
import { lyingScore, ramp, upScore } from "../body/posture-scores.ts";
import { continueDescent, type Descent, findDescent, likelihoodOf } from "./descent.ts";
import type { FallSettings } from "./fall-options.ts";

/** Somebody went down fast and lay; whether they fell shows in time. */
export interface Fall {
  /** `seen` is not told of yet. */
  readonly phase: "seen" | "suspected" | "confirmed";
  readonly descent: Descent;
  /** Micros since the impact in which the person was seen. */
  readonly watched: number;
  /** Of those, lying still; lying and moving counts a third. */
  readonly rested: number;
  /** The last ones, up again without a break. */
  readonly up: number;
}

/** What is known of one person: their body, and their fall while it lasts. */
export interface FallMemory {
  readonly history: BodyHistory;
  readonly fall: Fall | null;
}

/** What a sighting changed. */
export type FallChange = "fall-suspected" | "fall-confirmed" | "fall-recovered";

/** Statures that a body moves within a second: less than the first is stillness, more than the second is none. */
const STILL = [0.08, 0.25] as const;
const RESTLESS = 1 / 3;
/** A sighting speaks for no longer than this. */
const LONGEST_STEP = 0.5e6;
/** How long somebody lies before a suspicion is told. */
const SUSPECT_AFTER = 0.6e6;
/** The likelihood from which a fall is confirmed without further delay, and how much longer the least sure one takes. */
const SURE = 0.8;
const DOUBT = 3;
/** How long a suspicion lasts that is not confirmed, in terms of `confirmAfter`. */
const GIVE_UP = 8;
const LIES = 0.5;
const IS_UP = 0.6;

interface Look {
  /** When the person was seen before. */
  readonly from: Micros;
  /** Nobody falls where they are. */
  readonly excluded: boolean;
  /** A pose model runs, and sees no body here: what is left of it is too little to begin a fall. */
  readonly unseen: boolean;
  readonly settings: FallSettings;
}

/** Takes one person a sighting further. */
export function advance(
  { history, fall }: FallMemory,
  { from, excluded, unseen, settings }: Look,
): { readonly fall: Fall | null; readonly change?: FallChange } {
  if (!fall) {
    const descent = excluded || unseen ? null : findDescent(history);
    return { fall: descent && { phase: "seen", descent, watched: 0, rested: 0, up: 0 } };
  }
  const next = watch(fall, history, from);
  const { phase, descent, watched, rested, up } = next;
  if (phase === "confirmed")
    return { fall: next, ...(up >= settings.recoverAfter ? { change: "fall-recovered" } : {}) };
  if (excluded || up >= settings.recoverAfter || watched > GIVE_UP * settings.confirmAfter) return { fall: null };
  const likelihood = likelihoodOf(descent);
  if (likelihood < settings.minConfidence || rested < SUSPECT_AFTER) return { fall: next };
  if (phase === "seen") return { fall: { ...next, phase: "suspected" }, change: "fall-suspected" };
  const patience = 1 + DOUBT * ramp(likelihood, SURE, settings.minConfidence);
  if (rested < patience * settings.confirmAfter) return { fall: next };
  return { fall: { ...next, phase: "confirmed" }, change: "fall-confirmed" };
}

function watch(fall: Fall, history: BodyHistory, from: Micros): Fall {
  const now = presentOf(history);
  const passed = Math.min(LONGEST_STEP, now.at - from);
  const still = 1 - ramp(movedLately(history, 1e6), ...STILL);
  const lying = lyingScore(now) >= LIES;
  return {
    phase: fall.phase,
    descent: fall.phase === "confirmed" ? fall.descent : continueDescent(fall.descent, now, passed),
    watched: fall.watched + passed,
    rested: fall.rested + (lying ? passed * (RESTLESS + (1 - RESTLESS) * still) : 0),
    up: upScore(now) >= IS_UP ? fall.up + passed : 0,
  };
}
