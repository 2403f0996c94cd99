import {
  activityOf,
  type CurrentActivity,
  detectFalls,
  type FallEvent,
  followPersons,
  type Motion,
  noActivities,
  noFalls,
  noPersons,
  type PeopleFrame,
  type Polygon,
  recogniseActivities,
} from "@sensorium/perception";
import type { Embedding, Micros, Size, Tracked } from "@sensorium/protocol";
import type { PersonNumbers } from "./environment/person-numbers.ts";
import { Ongoing } from "./ongoing.ts";

const PER_PERSON = 51;

/** The people of one frame: who they are over all their tracks, and what they do. All lists go by the same order. */
export interface PeopleSeen {
  readonly frame: PeopleFrame;
  readonly activities: readonly (CurrentActivity | null)[];
  readonly motions: readonly (Motion | null)[];
  /** Told only where a pose model runs. */
  readonly falls: readonly FallEvent[];
}

/** What is followed: tracks of any class, and their keypoints where a pose model runs. */
export interface TrackedPoses {
  readonly tracked: Tracked;
  readonly size: Size;
  readonly keypoints: Float32Array | null;
  /** How each track looks, null for who was not looked at; absent or null where no re-identification model runs. */
  readonly appearances?: readonly (Embedding | null)[] | null;
}

/** What is known of a camera and its models; what is left out takes its default. */
export interface PeopleWatchOptions {
  /** Nobody falls with the hips in one of them, in fractions of the picture. */
  readonly beds?: readonly Polygon[];
  /** How alike two appearances are at least that may be one person's; see `PersonOptions`. */
  readonly minLikeness?: number | undefined;
}

/** Follows the people among the tracks of one camera: knows them again, tells what they do, and finds falls. */
export class PeopleWatch {
  readonly #person: number;
  readonly #numbers: PersonNumbers;
  readonly #follow;
  readonly #activities = new Ongoing(recogniseActivities(), noActivities);
  readonly #falls;
  #persons = noPersons;

  /** `person` is the detector's class of people; who is new takes the next of the numbers. */
  constructor(person: number, numbers: PersonNumbers, { beds = [], minLikeness }: PeopleWatchOptions = {}) {
    this.#person = person;
    this.#numbers = numbers;
    this.#follow = followPersons(minLikeness === undefined ? {} : { minLikeness });
    this.#falls = new Ongoing(detectFalls({ exclude: beds }), noFalls);
  }

  /** Calls come in the order of `at`, for frames without anybody too. */
  step(frame: TrackedPoses, at: Micros): PeopleSeen {
    const people = peopleOf(frame, this.#person);
    const appearances = frame.appearances?.filter((_, i) => frame.tracked.classes[i] === this.#person);
    const sights = { ...people, ...(appearances && { appearances }) };
    this.#persons = this.#follow({ ...this.#persons, lastPerson: this.#numbers.last }, sights, at).state;
    this.#numbers.last = this.#persons.lastPerson;
    const seen = { ...people, persons: this.#persons.persons };
    this.#activities.take(seen, at);
    // From boxes alone, whoever crouches would be recorded as fallen.
    const falls = seen.keypoints ? this.#falls.take(seen, at) : [];
    const persons = [...seen.persons];
    return {
      frame: seen,
      activities: persons.map((person) => activityOf(this.#activities.state, person)),
      motions: persons.map((person) => this.#persons.known.get(person)?.motion ?? null),
      falls,
    };
  }
}

/** The tracks of one class. */
function peopleOf({ tracked, size, keypoints }: TrackedPoses, person: number): Omit<PeopleFrame, "persons"> {
  // Mostly people are all that is looked for.
  if (tracked.classes.every((found) => found === person)) return { tracked, size, keypoints };
  const indices = [...tracked.classes.keys()].filter((index) => tracked.classes[index] === person);
  const per = (values: Float32Array, each: number): Float32Array => {
    const picked = new Float32Array(each * indices.length);
    indices.forEach((index, i) => {
      picked.set(values.subarray(each * index, each * (index + 1)), each * i);
    });
    return picked;
  };
  return {
    tracked: {
      count: indices.length,
      boxes: per(tracked.boxes, 4),
      scores: per(tracked.scores, 1),
      classes: Uint16Array.from(indices, () => person),
      tracks: Int32Array.from(indices, (index) => tracked.tracks[index] ?? 0),
    },
    size,
    keypoints: keypoints && per(keypoints, PER_PERSON),
  };
}
