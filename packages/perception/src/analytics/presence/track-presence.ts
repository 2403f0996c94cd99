import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import { centreOf } from "../../geometry/box.ts";
import type { Point } from "../../geometry/point.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";

/** When somebody is out of sight; what is left out takes its default. */
export interface PresenceOptions {
  /** How long somebody is not seen before they are lost (1 s). */
  readonly lostAfter?: Micros;
  /** How long somebody is not seen before they are gone for good (10 s). Not less than `lostAfter`. */
  readonly endAfter?: Micros;
}

/** Somebody who is in sight, or may come back into it. */
export interface Presence {
  readonly person: number;
  /** The track they have, or had last. */
  readonly track: number;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** Where they were last: the middle of the box, in pixels. */
  readonly position: Point;
  /** The detector's, at the last sighting. */
  readonly score: number;
  readonly lost: boolean;
  /** The share of frames, from the first sighting to the last, in which they were seen. */
  readonly quality: number;
}

/** Somebody came into sight, went out of it for a moment or for good, or was seen again. `at` is that of the step. */
export interface PresenceEvent extends Omit<Presence, "lost"> {
  readonly type: "started" | "lost" | "recovered" | "ended";
  readonly at: Micros;
}

interface Sightings extends Omit<Presence, "quality"> {
  /** The frame of the first sighting by its number, that of the last, and in how many they were seen. */
  readonly firstFrame: number;
  readonly lastFrame: number;
  readonly frames: number;
}

/** Who is there. */
export interface PresenceState {
  readonly people: ReadonlyMap<number, Sightings>;
  /** Frames so far. */
  readonly frame: number;
}

/** Nobody seen yet. */
export const noPresence: PresenceState = { people: new Map(), frame: 0 };

/**
 * A step that tells who comes into sight, who goes out of it and who comes back. A person stays themselves under a new
 * track. Wants to be called for empty frames too. Throws `config-invalid` for unusable times.
 */
export function trackPresence(options: PresenceOptions = {}): Step<PresenceState, PeopleFrame, PresenceEvent> {
  const { lostAfter = microsFromSeconds(1), endAfter = microsFromSeconds(10) } = options;
  if (!(lostAfter >= 0 && endAfter >= lostAfter)) {
    throw new SensoriumError("config-invalid", `presence: lost after ${lostAfter} and ended after ${endAfter}`);
  }
  return (state, frame, at) => {
    const people = new Map(state.people);
    const number = state.frame + 1;
    const events: PresenceEvent[] = [];
    frame.persons.forEach((person, index) => {
      const before = people.get(person);
      const now = see(before, { person, number, at, ...sightOf(frame, index) });
      people.set(person, now);
      if (!before || before.lost) events.push(eventOf(before ? "recovered" : "started", now, at));
    });
    for (const one of people.values()) {
      if (at - one.lastSeen <= lostAfter) continue;
      const gone = { ...one, lost: true };
      people.set(one.person, gone);
      if (!one.lost) events.push(eventOf("lost", gone, at));
      if (at - one.lastSeen <= endAfter) continue;
      people.delete(one.person);
      events.push(eventOf("ended", gone, at));
    }
    return { state: { people, frame: number }, events };
  };
}

/** How somebody is there; null for who is not. */
export function presenceOf({ people }: PresenceState, person: number): Presence | null {
  const found = people.get(person);
  return found ? presence(found) : null;
}

type Sight = Pick<Sightings, "person" | "track" | "position" | "score"> & {
  readonly number: number;
  readonly at: Micros;
};

const sightOf = (frame: PeopleFrame, index: number): Pick<Sight, "track" | "position" | "score"> => ({
  track: frame.tracked.tracks[index] ?? 0,
  position: centreOf(frame.tracked, index),
  score: frame.tracked.scores[index] ?? 0,
});

const see = (before: Sightings | undefined, { number, at, ...sight }: Sight): Sightings => ({
  ...sight,
  firstSeen: before?.firstSeen ?? at,
  lastSeen: at,
  lost: false,
  firstFrame: before?.firstFrame ?? number,
  lastFrame: number,
  frames: (before?.frames ?? 0) + 1,
});

function presence({ firstFrame, lastFrame, frames, ...rest }: Sightings): Presence {
  return { ...rest, quality: frames / (lastFrame - firstFrame + 1) };
}

function eventOf(type: PresenceEvent["type"], sightings: Sightings, at: Micros): PresenceEvent {
  const { lost: _, ...rest } = presence(sightings);
  return { type, at, ...rest };
}
