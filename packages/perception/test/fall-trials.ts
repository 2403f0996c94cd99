import { secondsOf } from "@sensorium/protocol";
import { detectFalls, type FallEvent, noFalls } from "../src/analytics/falls/detect-falls.ts";
import type { Script } from "../src/simulation/script.ts";
import { simulatePerson } from "../src/simulation/simulate-person.ts";
import { type TimedFrame, type Watching, watchPerson } from "./watched-person.ts";

/** What a detector of falls did in one or many scenes. */
export interface FallTally {
  readonly falls: number;
  readonly found: number;
  readonly falseAlarms: number;
  readonly hours: number;
  /** Seconds from the impact to the confirmation, one per fall found. */
  readonly delays: readonly number[];
}

export const noTally: FallTally = { falls: 0, found: 0, falseAlarms: 0, hours: 0, delays: [] };

export const addTally = (a: FallTally, b: FallTally): FallTally => ({
  falls: a.falls + b.falls,
  found: a.found + b.found,
  falseAlarms: a.falseAlarms + b.falseAlarms,
  hours: a.hours + b.hours,
  delays: [...a.delays, ...b.delays],
});

/** A fall is found when one is confirmed whose impact is within a second of when the body was going down or lying. */
const TOLERANCE = 1;

/** What is told of falls, and at which second. */
export function fallsIn(frames: readonly TimedFrame[]): readonly (FallEvent & { readonly seconds: number })[] {
  const step = detectFalls();
  let state = noFalls;
  return frames.flatMap(({ frame, at, seconds }) => {
    const next = step(state, frame, at);
    state = next.state;
    return next.events.map((event) => ({ ...event, seconds }));
  });
}

/** Plays a scene before a camera, and compares the confirmed falls with the true ones. */
export function tryFalls({ script, seed }: { script: Script; seed: number }, watching: Watching): FallTally {
  const person = simulatePerson(seed, script);
  const confirmed = fallsIn(watchPerson(person, watching)).filter(({ type }) => type === "fall-confirmed");
  const belongs = ({ impactAt }: FallEvent, { start, end }: { start: number; end: number }): boolean =>
    secondsOf(impactAt) >= start - TOLERANCE && secondsOf(impactAt) <= end + TOLERANCE;
  const finders = person.falls.map((fall) => confirmed.find((event) => belongs(event, fall)));
  return {
    falls: person.falls.length,
    found: finders.filter(Boolean).length,
    falseAlarms: confirmed.filter((event) => !person.falls.some((fall) => belongs(event, fall))).length,
    hours: person.duration / 3600,
    delays: finders.flatMap((finder, i) => (finder ? [finder.seconds - (person.falls[i]?.impact ?? 0)] : [])),
  };
}
