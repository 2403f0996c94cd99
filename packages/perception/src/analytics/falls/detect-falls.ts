import { type Micros, micros, type Size } from "@sensorium/protocol";
import { type Point, pointInFractions } from "../../geometry/point.ts";
import { isInside } from "../../geometry/polygon.ts";
import { type BodyHistory, presentOf, prolongHistory } from "../body/body-history.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";
import { impactOf, likelihoodOf } from "./descent.ts";
import { advance, type Fall, type FallChange, type FallMemory } from "./fall-memory.ts";
import { type FallOptions, type FallSettings, fallSettings } from "./fall-options.ts";

/**
 * Somebody went down fast and lies; has lain still for long enough to be sure; or, after that, is up again. What is
 * suspected and not confirmed is told no more of.
 */
export interface FallEvent {
  readonly type: FallChange;
  readonly person: number;
  readonly track: number;
  /** When the body began to go down. */
  readonly startedAt: Micros;
  /** When it lay. */
  readonly impactAt: Micros;
  /** From the beginning to the present. */
  readonly duration: Micros;
  /** 0..1; 1 is as fast as dropping freely from the height of the hips. */
  readonly impact: number;
  /** 0..1; by how the person went down, and by how well they are seen. */
  readonly confidence: number;
  /** Middle of the hips, in pixels. */
  readonly position: Point;
}

/** What is remembered of the people seen of late. */
export interface FallState {
  readonly people: ReadonlyMap<number, FallMemory>;
}

/** Nobody seen yet. */
export const noFalls: FallState = { people: new Map() };

/**
 * A step that tells of falls: the shoulders sink fast, then neither torso nor legs stand up, then the body is still.
 * Works on keypoints and, less well, on boxes alone; where there are keypoints, a fall begins by nothing less. Throws
 * `config-invalid` for unusable options.
 */
export function detectFalls(options: FallOptions = {}): Step<FallState, PeopleFrame, FallEvent> {
  const settings = fallSettings(options);
  return (state, frame, at) => {
    const people = seenSince(state.people, at - settings.forgetAfter);
    const events: FallEvent[] = [];
    frame.persons.forEach((person, index) => {
      const before = people.get(person);
      const history = prolongHistory(before?.history, { frame, index, at });
      const { fall, change } = advance(
        { history, fall: before?.fall ?? null },
        {
          from: before ? presentOf(before.history).at : at,
          excluded: isExcluded(history, frame.size, settings),
          unseen: frame.keypoints !== null && presentOf(history).by === "box",
          settings,
        },
      );
      people.set(person, { history, fall: change === "fall-recovered" ? null : fall });
      if (change && fall)
        events.push({ type: change, person, track: frame.tracked.tracks[index] ?? 0, ...tell(fall, history) });
    });
    return { state: { people }, events };
  };
}

const isExcluded = (history: BodyHistory, size: Size, { exclude }: FallSettings): boolean =>
  exclude.some((corners) => isInside(corners, pointInFractions(presentOf(history).hips, size)));

function tell({ descent }: Fall, history: BodyHistory): Omit<FallEvent, "type" | "person" | "track"> {
  const { at, score, hips } = presentOf(history);
  const { startedAt, impactAt } = descent;
  return {
    startedAt,
    impactAt,
    duration: micros(at - startedAt),
    impact: impactOf(descent),
    confidence: likelihoodOf(descent) * Math.min(1, 0.5 + score),
    position: { x: hips.x, y: hips.y },
  };
}

const seenSince = (people: FallState["people"], since: number): Map<number, FallMemory> =>
  new Map([...people].filter(([, { history }]) => presentOf(history).at >= since));
