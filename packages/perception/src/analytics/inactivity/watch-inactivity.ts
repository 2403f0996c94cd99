import {
  COCO_KEYPOINTS,
  type Keypoint,
  type Micros,
  micros,
  microsFromSeconds,
  SensoriumError,
  secondsOf,
} from "@sensorium/protocol";
import { type Box, boxAt, centreOf } from "../../geometry/box.ts";
import type { Point } from "../../geometry/point.ts";
import { type PeopleFrame, poseAt } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";

/** When somebody counts as not moving; what is left out takes its default. */
export interface InactivityOptions {
  /** How long somebody has not moved before it is told (300 s). */
  readonly after?: Micros;
  /** The way any part of the body may go meanwhile, as a share of the longer side of the box (0.12). */
  readonly tolerance?: number;
  /** How long somebody who is not seen is waited for (60 s); time out of sight counts as without movement. */
  readonly forgetAfter?: Micros;
}

/** Somebody has not moved for long, or moves again after that. */
export interface InactivityEvent {
  readonly type: "inactive" | "active-again";
  readonly person: number;
  readonly track: number;
  /** When they last moved before. */
  readonly since: Micros;
  /** From then to the present. */
  readonly duration: Micros;
  /** Middle of the box, in pixels. */
  readonly position: Point;
}

interface Rest {
  /** Where parts of the body are, evened out over a second, and where they were when the rest began. */
  readonly parts: Parts;
  readonly anchor: Parts;
  readonly since: Micros;
  readonly seen: Micros;
  readonly told: boolean;
}

/** Places by name in pixels: corners of the box, or keypoints that were seen. */
type Parts = ReadonlyMap<string, Point>;

/** What is remembered of the people seen of late. */
export interface InactivityState {
  readonly people: ReadonlyMap<number, Rest>;
}

/** Nobody seen yet. */
export const noInactivity: InactivityState = { people: new Map() };

/** Seconds over which shaking keypoints are evened out. */
const EVENED_OVER = 1;
const SEEN = 0.4;

/**
 * A step that tells who has not moved for a time: no part of the body went further than a tolerance from where it was.
 * Sleeping and sitting at a desk count too; it is for the caller to say where that matters. Throws `config-invalid` for
 * unusable options.
 */
export function watchInactivity(options: InactivityOptions = {}): Step<InactivityState, PeopleFrame, InactivityEvent> {
  const { after = microsFromSeconds(300), forgetAfter = microsFromSeconds(60), tolerance = 0.12 } = options;
  for (const [name, value] of Object.entries({ after, forgetAfter, tolerance })) {
    if (!(value >= 0))
      throw new SensoriumError("config-invalid", `inactivity: ${name} must not be negative, not ${value}`);
  }
  return (state, frame, at) => {
    const people = new Map([...state.people].filter(([, { seen }]) => at - seen <= forgetAfter));
    const events: InactivityEvent[] = [];
    frame.persons.forEach((person, index) => {
      const before = people.get(person);
      const box = boxAt(frame.tracked, index);
      const evened = even(before, partsOf(frame, index, box), at);
      const reach = tolerance * Math.max(box.x2 - box.x1, box.y2 - box.y1);
      const rest = before && !hasMoved(before.anchor, evened, reach) ? stay(before, evened, at) : begin(evened, at);
      const told = at - rest.since >= after;
      people.set(person, { ...rest, told });
      const tell = (type: InactivityEvent["type"], since: Micros): void => {
        const track = frame.tracked.tracks[index] ?? 0;
        events.push({
          type,
          person,
          track,
          since,
          duration: micros(at - since),
          position: centreOf(frame.tracked, index),
        });
      };
      if (told && !before?.told) tell("inactive", rest.since);
      if (!told && before?.told) tell("active-again", before.since);
    });
    return { state: { people }, events };
  };
}

function partsOf(frame: PeopleFrame, index: number, { x1, y1, x2, y2 }: Box): Parts {
  const points = poseAt(frame, index);
  const sure = (point: Keypoint | undefined): point is Keypoint => point !== undefined && point.score >= SEEN;
  const named = COCO_KEYPOINTS.flatMap((name, i) => {
    const point = points?.[i];
    return sure(point) ? [[name, { x: point.x, y: point.y }] as const] : [];
  });
  const corners = [["top-left", { x: x1, y: y1 }] as const, ["bottom-right", { x: x2, y: y2 }] as const];
  return new Map<string, Point>([...corners, ...named]);
}

/** Parts not seen now stay where they were. */
function even(before: Rest | undefined, now: Parts, at: Micros): Parts {
  if (!before) return now;
  const weight = 1 - Math.exp(-(secondsOf(at) - secondsOf(before.seen)) / EVENED_OVER);
  const evened = new Map(before.parts);
  for (const [name, { x, y }] of now) {
    const known = before.parts.get(name);
    evened.set(name, known ? { x: known.x + weight * (x - known.x), y: known.y + weight * (y - known.y) } : { x, y });
  }
  return evened;
}

const hasMoved = (anchor: Parts, now: Parts, reach: number): boolean =>
  [...now].some(([name, { x, y }]) => {
    const was = anchor.get(name);
    return was !== undefined && Math.hypot(x - was.x, y - was.y) > reach;
  });

const begin = (parts: Parts, at: Micros): Rest => ({ parts, anchor: parts, since: at, seen: at, told: false });

/** A part that is seen for the first time is held to where it is now. */
const stay = (before: Rest, parts: Parts, at: Micros): Rest => ({
  ...before,
  parts,
  anchor: parts.size > before.anchor.size ? new Map([...parts, ...before.anchor]) : before.anchor,
  seen: at,
});
