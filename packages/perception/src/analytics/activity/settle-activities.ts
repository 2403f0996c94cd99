import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import { centreOf } from "../../geometry/box.ts";
import type { Point } from "../../geometry/point.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";
import type { Activity } from "./activities.ts";
import type { CurrentActivity } from "./recognise-activities.ts";

/** When a change is worth telling; what is left out takes its default. */
export interface SettlingOptions {
  /** How long somebody has done something else before that counts (1 s). */
  readonly holdFor?: Micros;
  /** How long somebody who is not seen is remembered (10 s). */
  readonly forgetAfter?: Micros;
}

/** The people of a frame and what each of them does, in their order; null where that is not known. */
export interface BusyPeople {
  readonly frame: PeopleFrame;
  readonly activities: readonly (CurrentActivity | null)[];
}

/** Somebody does something else than before, and has done so for a while. */
export interface ActivityChange {
  readonly type: "activity-changed";
  readonly person: number;
  readonly track: number;
  readonly from: Activity;
  readonly to: Activity;
  /** When it began. */
  readonly since: Micros;
  readonly confidence: number;
  /** Middle of the box, in pixels. */
  readonly position: Point;
}

/** What people were last said to do, and when they were seen. */
export type SettledActivities = ReadonlyMap<number, { readonly activity: Activity; readonly seen: Micros }>;

/** Nobody seen yet. */
export const noSettledActivities: SettledActivities = new Map();

/** Below this something else is likelier, and about to replace it: the likeliest of eight is surer. */
const DOUBTED = 0.1;

/**
 * A step that tells what people do by its changes alone, for a record of them. What is over within the time asked for,
 * as falls and jumps are, is no change; nor is what somebody does at first, nor not to know it for a while.
 * Throws `config-invalid` for negative times.
 */
export function settleActivities(options: SettlingOptions = {}): Step<SettledActivities, BusyPeople, ActivityChange> {
  const { holdFor = microsFromSeconds(1), forgetAfter = microsFromSeconds(10) } = options;
  if (!(holdFor >= 0 && forgetAfter >= 0)) {
    throw new SensoriumError("config-invalid", `activities: held for ${holdFor} and forgotten after ${forgetAfter}`);
  }
  return (state, { frame, activities }, at) => {
    const people = new Map([...state].filter(([, { seen }]) => at - seen <= forgetAfter));
    const events: ActivityChange[] = [];
    frame.persons.forEach((person, index) => {
      const now = activities[index];
      const before = people.get(person);
      const settled = now && now.activity !== "unknown" && at - now.since >= holdFor && now.confidence >= DOUBTED;
      const activity = settled ? now.activity : before?.activity;
      if (activity === undefined) return;
      people.set(person, { activity, seen: at });
      if (!settled || !before || before.activity === activity) return;
      const { since, confidence } = now;
      const track = frame.tracked.tracks[index] ?? 0;
      const position = centreOf(frame.tracked, index);
      events.push({
        type: "activity-changed",
        person,
        track,
        from: before.activity,
        to: activity,
        since,
        confidence,
        position,
      });
    });
    return { state: people, events };
  };
}
