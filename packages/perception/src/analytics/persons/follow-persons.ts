import type { Embedding, Micros } from "@sensorium/protocol";
import { type Box, boxAt } from "../../geometry/box.ts";
import type { Point } from "../../geometry/point.ts";
import { Assignment } from "../../tracking/assignment.ts";
import type { Step } from "../step.ts";
import type { TrackedFrame } from "../tracked-frame.ts";
import { blendAppearance, costOf, IMPOSSIBLE } from "./likeness.ts";
import { type Motion, seeMotion, startMotion } from "./motion.ts";
import { type PersonOptions, type PersonSettings, personSettings } from "./person-options.ts";

/** The tracks of one frame, people all of them, and what each looks like where a model says so. */
export interface PersonSights extends TrackedFrame {
  /** One per track. Null for a track that was not looked at this time; absent without a re-identification model. */
  readonly appearances?: readonly (Embedding | null)[];
}

/** Somebody, over all the tracks they had. */
export interface Person {
  /** 1 for the first of a stream, and so on. */
  readonly person: number;
  /** The track they have, or had last. */
  readonly track: number;
  readonly motion: Motion;
  readonly appearance: Embedding | null;
  /** Detector's, at the last sighting. */
  readonly score: number;
}

/**
 * Somebody came, was found again under a new track, or was forgotten: not seen for as long as they are remembered.
 * `at` is the instant of the frame, for `gone` that of the last sighting.
 */
export interface PersonEvent {
  readonly type: "appeared" | "found-again" | "gone";
  readonly person: number;
  readonly track: number;
  readonly at: Micros;
  /** Middle of the box, in pixels. */
  readonly position: Point;
  readonly score: number;
}

/** Who is known. */
export interface PersonsState {
  /** By person. Those not seen in the last frame are waited for. */
  readonly known: ReadonlyMap<number, Person>;
  /** The person of each track of the last frame, in its order. */
  readonly persons: Int32Array;
  readonly lastPerson: number;
}

/** Nobody seen yet. */
export const noPersons: PersonsState = { known: new Map(), persons: new Int32Array(0), lastPerson: 0 };

/**
 * A step that knows people again. A tracker gives a new number to whoever it lost for too long; this step gives them
 * the person they were, by where they would be by now, by their size and, where that is known, by their looks. It also
 * follows how each of them moves. Wants to be called for empty frames too. Throws `config-invalid` for unusable options.
 */
export function followPersons(options: PersonOptions = {}): Step<PersonsState, PersonSights, PersonEvent> {
  const settings = personSettings(options);
  return (state, sights, at) => {
    const known = new Map(state.known);
    const events: PersonEvent[] = [];
    let { lastPerson } = state;
    const seen = sightsOf(sights);
    const owners = ownersOf(known, seen);
    const linked = link(known, { newcomers: seen.filter((_, i) => !owners[i]), taken: new Set(owners), at, settings });
    const persons = seen.map((sight, i) => {
      const person = owners[i] ?? linked.get(sight) ?? ++lastPerson;
      const now = see(known.get(person), { ...sight, person }, at);
      known.set(person, now);
      if (!owners[i]) events.push(eventOf(linked.has(sight) ? "found-again" : "appeared", now));
      return person;
    });
    events.push(...forget(known, at, settings));
    return { state: { known, persons: Int32Array.from(persons), lastPerson }, events };
  };
}

interface Sight {
  readonly track: number;
  readonly box: Box;
  readonly score: number;
  readonly appearance: Embedding | null;
}

const sightsOf = ({ tracked, appearances }: PersonSights): Sight[] =>
  Array.from({ length: tracked.count }, (_, i) => ({
    track: tracked.tracks[i] ?? 0,
    box: boxAt(tracked, i),
    score: tracked.scores[i] ?? 0,
    appearance: appearances?.[i] ?? null,
  }));

/** The person of each sight whose track is known. */
function ownersOf(known: ReadonlyMap<number, Person>, seen: readonly Sight[]): (number | undefined)[] {
  const byTrack = new Map([...known.values()].map(({ track, person }) => [track, person]));
  return seen.map(({ track }) => byTrack.get(track));
}

/** Removes those who were not seen for too long. Without an appearance there is nothing to remember them by. */
function forget(known: Map<number, Person>, at: Micros, { lostFor, rememberedFor }: PersonSettings): PersonEvent[] {
  return [...known.values()]
    .filter(({ motion, appearance }) => at - motion.at > (appearance ? rememberedFor : lostFor))
    .map((person) => {
      known.delete(person.person);
      return eventOf("gone", person);
    });
}

interface Search {
  readonly newcomers: readonly Sight[];
  /** Persons who are in the frame already. */
  readonly taken: ReadonlySet<number | undefined>;
  readonly at: Micros;
  readonly settings: PersonSettings;
}

/** The newcomers who are somebody that was lost: the pairs that are the most likely all together. */
function link(known: ReadonlyMap<number, Person>, { newcomers, taken, ...rule }: Search): Map<Sight, number> {
  const lost = [...known.values()].filter(({ person }) => !taken.has(person));
  const found = new Map<Sight, number>();
  if (newcomers.length === 0 || lost.length === 0) return found;
  const costs = Float32Array.from(
    newcomers.flatMap((newcomer) => lost.map((person) => costOf(person, newcomer, rule))),
  );
  const pairs = new Assignment().solve({ costs, rows: newcomers.length, columns: lost.length, gate: IMPOSSIBLE });
  newcomers.forEach((newcomer, row) => {
    const person = lost[pairs[row] ?? -1]?.person;
    if (person) found.set(newcomer, person);
  });
  return found;
}

function see(before: Person | undefined, sight: Sight & { readonly person: number }, at: Micros): Person {
  const { person, track, box, score } = sight;
  return {
    person,
    track,
    score,
    motion: before ? seeMotion(before.motion, box, at) : startMotion(box, at),
    appearance: blendAppearance(before?.appearance ?? null, sight.appearance),
  };
}

const eventOf = (type: PersonEvent["type"], { person, track, score, motion }: Person): PersonEvent => ({
  type,
  person,
  track,
  score,
  at: motion.at,
  position: { x: motion.x.place, y: motion.y.place },
});
