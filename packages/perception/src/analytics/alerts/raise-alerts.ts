import { SensoriumError, type WallMs } from "@sensorium/protocol";
import type { Step } from "../step.ts";

/** When something is worth an alert; what is left out takes its default. */
export interface AlertOptions {
  /** How sure it is, at least (0.8). */
  readonly threshold?: number;
  /** How long it lasts, at least, in milliseconds (5 000). */
  readonly minimumMs?: number;
  /** How many of one kind there are within an hour, at the most (10). */
  readonly perHour?: number;
  /** How long after an alert the same about the same person is not worth another one, in milliseconds (300 000). */
  readonly cooldownMs?: number;
}

/** Something goes on with somebody; `Cause` is whatever told of it. */
export interface Concern<Cause> {
  readonly type: "began";
  /** What kind of thing. */
  readonly rule: string;
  readonly person: number;
  readonly sinceMs: number;
  readonly confidence: number;
  readonly cause: Cause;
}

/** It is over. */
export interface Relief {
  readonly type: "over";
  readonly rule: string;
  readonly person: number;
}

/** Somebody is to look at it. */
export type Alert<Cause> = Omit<Concern<Cause>, "type">;

/** What goes on, and what was told. */
export interface AlertsState<Cause> {
  readonly concerns: readonly Concern<Cause>[];
  /** The alerts of the last hour or cooldown. */
  readonly raised: readonly { readonly rule: string; readonly person: number; readonly atMs: WallMs }[];
}

const HOUR = 3_600_000;

/**
 * A step that makes few alerts of many concerns: those that are sure, last, and were not told just before. What goes
 * on only while no more may be told is not told later. Wants to be called every second or so, for what has begun but
 * not lasted yet. The time is wall time. Throws `config-invalid` for unusable options.
 */
export function raiseAlerts<Cause>(
  options: AlertOptions = {},
): Step<AlertsState<Cause>, readonly (Concern<Cause> | Relief)[], Alert<Cause>, WallMs> {
  const { threshold = 0.8, minimumMs = 5_000, perHour = 10, cooldownMs = 300_000 } = options;
  for (const [name, value] of Object.entries({ threshold, minimumMs, perHour, cooldownMs })) {
    if (!(value >= 0)) throw new SensoriumError("config-invalid", `alerts: ${name} must not be negative, not ${value}`);
  }
  return ({ concerns, raised }, news, at) => {
    const open = news.reduce((going: readonly Concern<Cause>[], one) => {
      const others = going.filter((known) => !isSame(known, one));
      return one.type === "began" && one.confidence >= threshold ? [...others, one] : others;
    }, concerns);
    // A clock that was set back forgets rather than keeps silent for as long.
    const told = raised.filter(({ atMs }) => atMs <= at && at - atMs < Math.max(HOUR, cooldownMs));
    const events: Alert<Cause>[] = [];
    for (const { type: _, ...concern } of open.filter(({ sinceMs }) => at - sinceMs >= minimumMs)) {
      const { rule, person } = concern;
      const lately = told.filter(({ rule: other, atMs }) => other === rule && at - atMs < HOUR).length;
      const same = told.some((one) => isSame(one, concern) && at - one.atMs < cooldownMs);
      if (same || lately >= perHour) continue;
      told.push({ rule, person, atMs: at });
      events.push(concern);
    }
    return { state: { concerns: open.filter(({ sinceMs }) => at - sinceMs < minimumMs), raised: told }, events };
  };
}

type About = Pick<Relief, "rule" | "person">;

const isSame = (one: About, other: About): boolean => one.rule === other.rule && one.person === other.person;
