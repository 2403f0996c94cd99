import { cameraAt, observePerson, type Polygon, simulatePerson } from "@sensorium/perception";
import { micros, type Poses, type Tracked } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { type PeopleSeen, PeopleWatch } from "./people-watch.ts";

const camera = cameraAt(1.5, 6);
const person = simulatePerson(5, {
  start: { x: 6, y: 0, heading: 0 },
  actions: [
    { do: "stand", seconds: 3 },
    { do: "fall", direction: "left", hold: 8 },
  ],
});
const conditions = { noise: 0, dropout: 0, missed: 0 };

const trackedFrom = ({ count, boxes, scores }: Poses): Tracked => ({
  count,
  boxes,
  scores,
  classes: new Uint16Array(count),
  tracks: new Int32Array(count).fill(1),
});

/** Everything that is told of somebody who stands, falls and lies, ten times a second. */
function watched({ withPoses, beds = [] }: { withPoses: boolean; beds?: Polygon[] }): PeopleSeen[] {
  const watch = new PeopleWatch(0, { last: 0 }, { beds });
  return Array.from({ length: Math.floor(person.duration * 10) }, (_, i) => {
    const poses = observePerson(person, i / 10, { camera, conditions, seed: 1 });
    const keypoints = withPoses ? poses.keypoints : null;
    return watch.step({ tracked: trackedFrom(poses), size: camera.size, keypoints }, micros(i * 100_000));
  });
}

const fallsIn = (frames: readonly PeopleSeen[]): string[] =>
  frames.flatMap(({ falls }) => falls.map(({ type }) => type));

it("somebody with a skeleton who falls and stays down is one person, suspected and then confirmed to have fallen", () => {
  const frames = watched({ withPoses: true });
  expect(fallsIn(frames)).toEqual(["fall-suspected", "fall-confirmed"]);
  expect(new Set(frames.flatMap(({ frame }) => [...frame.persons])).size).toBe(1);
  expect(frames.at(-1)?.activities[0]?.activity).toBe("lying");
});

it("nobody falls in a bed, though they lie in it", () => {
  const everywhere = [
    { x: -1, y: -1 },
    { x: 2, y: -1 },
    { x: 2, y: 2 },
    { x: -1, y: 2 },
  ];
  const frames = watched({ withPoses: true, beds: [everywhere] });
  expect(fallsIn(frames)).toEqual([]);
  expect(frames.at(-1)?.activities[0]?.activity).toBe("lying");
});

it("nobody falls where no pose model runs, though people are followed", () => {
  const frames = watched({ withPoses: false });
  expect(fallsIn(frames)).toEqual([]);
  expect(frames.at(-1)?.frame.persons).toHaveLength(1);
});

it("people of cameras that share their numbers never have the same one", () => {
  const numbers = { last: 6 };
  const [door, yard] = [new PeopleWatch(0, numbers), new PeopleWatch(0, numbers)];
  const poses = observePerson(person, 0, { camera, conditions, seed: 1 });
  const frame = { tracked: trackedFrom(poses), size: camera.size, keypoints: null };
  const seen = [door, yard, door, yard].map((watch, i) => [...watch.step(frame, micros(i * 100_000)).frame.persons]);
  expect(seen).toEqual([[7], [8], [7], [8]]);
});

it("only people are followed among what else is tracked", () => {
  const boxes = Float32Array.of(0, 0, 9, 9, 10, 20, 30, 90, 5, 5, 6, 6, 40, 20, 60, 90);
  const classes = Uint16Array.of(2, 0, 2, 0);
  const tracked = {
    count: 4,
    boxes,
    scores: Float32Array.of(0.1, 0.5, 0.2, 0.75),
    classes,
    tracks: Int32Array.of(4, 5, 6, 7),
  };
  const { frame } = new PeopleWatch(0, { last: 0 }).step({ tracked, size: camera.size, keypoints: null }, micros(0));
  expect(frame.tracked).toEqual({
    count: 2,
    boxes: Float32Array.of(10, 20, 30, 90, 40, 20, 60, 90),
    scores: Float32Array.of(0.5, 0.75),
    classes: Uint16Array.of(0, 0),
    tracks: Int32Array.of(5, 7),
  });
  expect([...frame.persons]).toEqual([1, 2]);
});

it.each([
  { minLikeness: undefined, persons: [1, 1] },
  { minLikeness: 0.7, persons: [1, 1] },
  { minLikeness: 0.9, persons: [1, 2] },
])("who comes back half a minute later looks enough like who went by a likeness of $minLikeness", (wanted) => {
  const watch = new PeopleWatch(0, { last: 0 }, { minLikeness: wanted.minLikeness });
  const poses = observePerson(person, 0, { camera, conditions, seed: 1 });
  const tracked = trackedFrom(poses);
  const look = (at: number, track: number, appearance: readonly number[]): number | undefined => {
    const seen = { ...tracked, tracks: Int32Array.of(track) };
    const frame = { tracked: seen, size: camera.size, keypoints: null, appearances: [Float32Array.from(appearance)] };
    return watch.step(frame, micros(at * 1e6)).frame.persons[0];
  };
  expect([look(0, 1, [1, 0]), look(30, 2, [0.8, 0.6])]).toEqual(wanted.persons);
});
