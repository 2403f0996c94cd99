/**
 * A made-up room for developing and showing without a camera: people walk through it, stop, sit down and fall. What
 * happens in it depends on the seed and the time alone, so that the painter and the detector agree without talking.
 */
import {
  type Activity,
  cameraAt,
  keypointsIn,
  observePerson,
  type PinholeCamera,
  type SeeingConditions,
  type SimulatedPerson,
  simulatePerson,
  type TrueFall,
} from "@sensorium/perception";
import type { Keypoint, Poses, Size } from "@sensorium/protocol";
import { visitOf, visitsAround } from "./scenes.ts";

export const ROOM_SIZE: Size = { width: 960, height: 540 };
export const ROOM_FPS = 15;

const CAMERA: PinholeCamera = { ...cameraAt(2.6, 6), size: ROOM_SIZE };
/** As a good model sees in good light. */
const CONDITIONS: SeeingConditions = { noise: 0.008, dropout: 0.005, missed: 0 };

/** Somebody in the room, as they are. */
export interface Occupant {
  /** 0 for the first who came, and so on. */
  readonly index: number;
  readonly activity: Activity;
  /** In pixels of `ROOM_SIZE`, possibly outside the picture. */
  readonly keypoints: readonly Keypoint[];
  /** Metres from the camera. */
  readonly depth: number;
}

interface Guest {
  readonly index: number;
  readonly comes: number;
  readonly seed: number;
  readonly person: SimulatedPerson;
}

/** The room of one seed. */
export class SimulatedRoom {
  readonly #seed: number;
  readonly #guests = new Map<number, Guest>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Everybody in the room `seconds` after it opened, far ones first. */
  people(seconds: number): Occupant[] {
    return this.#present(seconds)
      .flatMap(({ index, person, comes }) => {
        const { skeleton, activity } = person.at(seconds - comes);
        const keypoints = keypointsIn(CAMERA, skeleton);
        return keypoints ? [{ index, activity, keypoints, depth: skeleton[0]?.x ?? 0 }] : [];
      })
      .sort((one, other) => other.depth - one.depth);
  }

  /** What a model would see of them, with the errors of one. */
  observe(seconds: number): Poses {
    const seen = this.#present(seconds).map(({ person, comes, seed }) =>
      observePerson(person, seconds - comes, { camera: CAMERA, conditions: CONDITIONS, seed }),
    );
    return {
      count: seen.reduce((sum, { count }) => sum + count, 0),
      boxes: Float32Array.from(seen.flatMap(({ boxes }) => [...boxes])),
      scores: Float32Array.from(seen.flatMap(({ scores }) => [...scores])),
      keypoints: Float32Array.from(seen.flatMap(({ keypoints }) => [...keypoints])),
    };
  }

  /** The falls of everybody who is in the room, in seconds after it opened. */
  falls(seconds: number): TrueFall[] {
    return this.#present(seconds).flatMap(({ person, comes }) =>
      person.falls.map(({ start, impact, end }) => ({
        start: start + comes,
        impact: impact + comes,
        end: end + comes,
      })),
    );
  }

  #present(seconds: number): Guest[] {
    const { first, last } = visitsAround(seconds);
    for (const index of this.#guests.keys()) if (index < first || index > last) this.#guests.delete(index);
    const guests = Array.from({ length: last - first + 1 }, (_, i) => this.#guest(first + i));
    return guests.filter(({ comes, person }) => seconds >= comes && seconds < comes + person.duration);
  }

  #guest(index: number): Guest {
    const known = this.#guests.get(index);
    if (known) return known;
    const { comes, seed, script } = visitOf(this.#seed, index);
    const guest = { index, comes, seed, person: simulatePerson(seed, script) };
    this.#guests.set(index, guest);
    return guest;
  }
}
