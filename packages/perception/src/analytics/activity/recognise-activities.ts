import { type Micros, microsFromSeconds, SensoriumError, secondsOf } from "@sensorium/protocol";
import { type BodyHistory, presentOf, prolongHistory } from "../body/body-history.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";
import type { Activity } from "./activities.ts";
import { type ActivityScores, likeliest, mixScores, noScores, scoreActivities } from "./activity-scores.ts";

/** When an activity counts as begun; what is left out takes its default. */
export interface ActivityOptions {
  /** How long another activity is likelier before it replaces the present one (0.3 s); falls and jumps at once. */
  readonly settleAfter?: Micros;
  /** How long somebody who is not seen is remembered (5 s). */
  readonly forgetAfter?: Micros;
}

/** What somebody does. */
export interface CurrentActivity {
  readonly activity: Activity;
  /** When it began. */
  readonly since: Micros;
  /** 0..1; lower where only a box is known. */
  readonly confidence: number;
}

/** Somebody does something else than before, or is seen for the first time. */
export interface ActivityEvent extends CurrentActivity {
  readonly type: "activity";
  readonly person: number;
  readonly track: number;
  readonly previous: Activity | null;
}

interface ActivityMemory {
  readonly history: BodyHistory;
  readonly scores: ActivityScores;
  readonly current: CurrentActivity | null;
  /** What may replace it, and since when it has been likelier. */
  readonly rival: { readonly activity: Activity; readonly since: Micros } | null;
}

/** What is remembered of the people seen of late. */
export interface ActivityState {
  readonly people: ReadonlyMap<number, ActivityMemory>;
}

/** Nobody seen yet. */
export const noActivities: ActivityState = { people: new Map() };

/** Seconds that a look at somebody counts for. */
const SMOOTHED_OVER = 0.2;
/** What the first look counts as, which shows no motion. */
const FIRST_LOOK = 0.05;
/** How much likelier another activity must be. */
const MARGIN = 0.1;
/** They are over before they could settle. */
const SUDDEN: ReadonlySet<Activity> = new Set(["falling", "jumping"]);

/**
 * A step that tells what people do, from how their keypoints lie to one another and move; from boxes alone, sitting
 * cannot be told from standing. Throws `config-invalid` for negative times.
 */
export function recogniseActivities(options: ActivityOptions = {}): Step<ActivityState, PeopleFrame, ActivityEvent> {
  const { settleAfter = microsFromSeconds(0.3), forgetAfter = microsFromSeconds(5) } = options;
  for (const [name, time] of Object.entries({ settleAfter, forgetAfter })) {
    if (!(time >= 0))
      throw new SensoriumError("config-invalid", `activities: ${name} must not be negative, not ${time}`);
  }
  return (state, frame, at) => {
    // Of a clock that was set back, nothing before is of use.
    const isRecent = (seen: Micros): boolean => at >= seen && at - seen <= forgetAfter;
    const people = new Map([...state.people].filter(([, { history }]) => isRecent(presentOf(history).at)));
    const events: ActivityEvent[] = [];
    frame.persons.forEach((person, index) => {
      const before = people.get(person);
      const now = look(before, prolongHistory(before?.history, { frame, index, at }), settleAfter);
      people.set(person, now);
      const previous = before?.current?.activity ?? null;
      if (!now.current || now.current.activity === previous) return;
      events.push({ type: "activity", person, track: frame.tracked.tracks[index] ?? 0, previous, ...now.current });
    });
    return { state: { people }, events };
  };
}

/** What somebody does now; null for who is not known. */
export const activityOf = (state: ActivityState, person: number): CurrentActivity | null =>
  state.people.get(person)?.current ?? null;

function look(before: ActivityMemory | undefined, history: BodyHistory, settleAfter: Micros): ActivityMemory {
  const { at, score } = presentOf(history);
  const seconds = before ? secondsOf(at) - secondsOf(presentOf(before.history).at) : FIRST_LOOK;
  const weight = 1 - Math.exp(-seconds / SMOOTHED_OVER);
  const scores = mixScores(before?.scores ?? noScores, scoreActivities(history), weight);
  const current = before?.current ?? null;
  const best = likeliest(scores);
  const confidence = (activity: Activity): number => scores[activity] * Math.min(1, 0.5 + score);
  const kept = current && { ...current, confidence: confidence(current.activity) };
  if (kept && (best === kept.activity || scores[best] < scores[kept.activity] + MARGIN)) {
    return { history, scores, current: kept, rival: null };
  }
  const since = before?.rival?.activity === best ? before.rival.since : at;
  if (at - since < settleAfter && !SUDDEN.has(best))
    return { history, scores, current: kept, rival: { activity: best, since } };
  return { history, scores, current: { activity: best, since, confidence: confidence(best) }, rival: null };
}
