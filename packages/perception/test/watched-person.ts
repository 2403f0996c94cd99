import { type Micros, microsFromSeconds, noDetections, type Poses, type Tracked } from "@sensorium/protocol";
import { followPersons, noPersons } from "../src/analytics/persons/follow-persons.ts";
import { type PeopleFrame, posesOfTracks } from "../src/analytics/persons/people-frame.ts";
import { type Observation, observePerson } from "../src/simulation/observe.ts";
import type { SimulatedPerson } from "../src/simulation/simulate-person.ts";
import { createTracker } from "../src/tracking/trackers.ts";

export interface TimedFrame {
  readonly frame: PeopleFrame;
  readonly at: Micros;
  readonly seconds: number;
}

export interface Watching extends Observation {
  readonly framesPerSecond: number;
  /** False drops the keypoints, as without a pose model. */
  readonly poses: boolean;
}

/** What a tracker and the identification of persons make of a simulated person, frame by frame. */
export function watchPerson(person: SimulatedPerson, watching: Watching): TimedFrame[] {
  const tracker = createTracker("byte-track");
  const follow = followPersons();
  let state = noPersons;
  const { size } = watching.camera;
  return Array.from({ length: Math.floor(person.duration * watching.framesPerSecond) }, (_, i) => {
    const seconds = i / watching.framesPerSecond;
    const at = microsFromSeconds(seconds);
    const poses = observePerson(person, seconds, watching);
    const tracked = tracker.update(detectionsOf(poses), at);
    state = follow(state, { tracked, size }, at).state;
    const keypoints = watching.poses ? posesOfTracks(tracked, poses) : null;
    return { frame: { tracked, size, persons: state.persons, keypoints }, at, seconds };
  });
}

const detectionsOf = ({ count, boxes, scores }: Poses): Omit<Tracked, "tracks"> => ({
  ...noDetections(),
  count,
  boxes,
  scores,
  classes: new Uint16Array(count),
});
