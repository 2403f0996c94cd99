import type { Activity } from "../src/analytics/activity/activities.ts";
import { activityOf, noActivities, recogniseActivities } from "../src/analytics/activity/recognise-activities.ts";
import type { Script } from "../src/simulation/script.ts";
import { simulatePerson } from "../src/simulation/simulate-person.ts";
import { type Watching, watchPerson } from "./watched-person.ts";

/** How often somebody who did something was said to do it, in frames. */
export type ActivityTally = ReadonlyMap<Activity, { readonly frames: number; readonly right: number }>;

/** The first moments of doing something do not count. */
const SETTLED = 1;

/** Plays a scene before a camera, and compares what is told with what is done; on the way between nothing is compared. */
export function tryActivities(
  tally: ActivityTally,
  { script, seed }: { script: Script; seed: number },
  watching: Watching,
): ActivityTally {
  const person = simulatePerson(seed, script);
  const step = recogniseActivities();
  let state = noActivities;
  const sums = new Map(tally);
  for (const { frame, at, seconds } of watchPerson(person, watching)) {
    state = step(state, frame, at).state;
    const { activity } = person.at(seconds);
    const [seen] = frame.persons;
    const settled = seconds >= SETTLED && person.at(seconds - SETTLED).activity === activity;
    if (activity === "unknown" || seen === undefined || !settled) continue;
    const { frames, right } = sums.get(activity) ?? { frames: 0, right: 0 };
    sums.set(activity, { frames: frames + 1, right: right + (activityOf(state, seen)?.activity === activity ? 1 : 0) });
  }
  return sums;
}
