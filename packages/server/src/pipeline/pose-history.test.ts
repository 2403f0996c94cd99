import { micros } from "@sensorium/protocol";
import { expect, it, vi } from "vitest";
import { silentLog } from "../observe/log.ts";
import { ScriptedCamera } from "../serve/testing/scripted-camera.ts";
import type { CameraView, PeopleShown } from "./camera-view.ts";
import { PoseHistory, type PoseRecords } from "./pose-history.ts";
import type { PoseRecord } from "./pose-record.ts";

const size = { width: 640, height: 360 };

/** A frame with these people, each with a track of a hundred more. */
function shown(capturedMs: number, people: readonly number[], withPoses = true): PeopleShown {
  const count = people.length;
  return {
    frame: {
      tracked: {
        count,
        boxes: Float32Array.from(people.flatMap((person) => [person, 10, person + 50, 210])),
        scores: new Float32Array(count).fill(0.5),
        classes: new Uint16Array(count),
        tracks: Int32Array.from(people, (person) => person + 100),
      },
      size,
      persons: Int32Array.from(people),
      keypoints: withPoses ? Float32Array.from(people.flatMap((person) => new Array(51).fill(person))) : null,
    },
    activities: people.map((person) =>
      person === 1 ? { activity: "walking", since: micros(0), confidence: 0.75 } : null,
    ),
    motions: people.map(() => null),
    falls: [],
    sequence: capturedMs / 10,
    at: capturedMs * 1000,
    times: { capturedMs, decodedMs: capturedMs, inferredMs: capturedMs, inferenceMs: 1 },
  };
}

/** A camera that shows what it is told to. */
function camera(id: string) {
  const view = new ScriptedCamera(id, "ward");
  /** Resolves when the frame has been looked at: the next one then replaces none. */
  const show = async (frame: PeopleShown): Promise<void> => {
    view.showPeople(frame);
    await new Promise(setImmediate);
  };
  return { view, show };
}

function history(records: PoseRecords, cameras: readonly CameraView[], everyMs = 1_000): PoseHistory {
  const directory = { list: () => cameras, get: () => undefined };
  return new PoseHistory(records, { cameras: directory, everyMs, log: silentLog });
}

/** A store that keeps what it is given. */
function kept(): PoseRecords & { readonly batches: PoseRecord[][] } {
  const batches: PoseRecord[][] = [];
  return { batches, addPoses: async (rows) => void batches.push([...rows]) };
}

it("of everybody one pose is kept in each interval, as it was seen", async () => {
  const records = kept();
  const { view, show } = camera("bed-3");
  {
    await using poses = history(records, [view]);
    poses.tick();
    await show(shown(10_000, [1]));
    await show(shown(10_400, [1, 2]));
    await show(shown(10_990, [2, 1]));
    await show(shown(11_010, [1], false));
  }
  expect(records.batches.flat().map(({ person, wallMs }) => [person, wallMs])).toEqual([
    [1, 10_000],
    [2, 10_400],
    [1, 11_010],
  ]);
  const [first, second, third] = records.batches.flat();
  expect(first).toEqual({
    ...{ environment: "ward", camera: "bed-3", simulated: false, model: "yolox-nano" },
    ...{ person: 1, track: 101, frame: 1_000, wallMs: 10_000, score: 0.5, size },
    box: { x1: 1, y1: 10, x2: 51, y2: 210 },
    keypoints: new Array(51).fill(1),
    activity: { type: "walking", confidence: 0.75 },
  });
  expect(second).toMatchObject({ keypoints: new Array(51).fill(2), activity: { type: "unknown", confidence: 0 } });
  expect(third?.keypoints).toBeNull();
});

it("poses are written once a second, those of all cameras together, and a camera that comes later is followed", async () => {
  const records = kept();
  const [door, yard] = [camera("door"), camera("yard")];
  const cameras = [door.view];
  await using poses = history(records, cameras);
  poses.tick();
  cameras.push(yard.view);
  poses.tick();
  for (const each of [door, yard]) await each.show(shown(1_000, [1, 2]));
  expect(records.batches).toEqual([]);
  poses.tick();
  expect(records.batches.map((batch) => batch.map((pose) => pose.camera))).toEqual([["door", "door", "yard", "yard"]]);
});

it("a camera that is no longer among them is not followed any more, until it comes back", async () => {
  const records = kept();
  const { view, show } = camera("door");
  const cameras = [view];
  {
    await using poses = history(records, cameras);
    poses.tick();
    await show(shown(1_000, [1]));
    cameras.pop();
    poses.tick();
    await show(shown(2_000, [1]));
    cameras.push(view);
    poses.tick();
    await show(shown(3_000, [1]));
  }
  expect(records.batches.flat().map(({ wallMs }) => wallMs)).toEqual([1_000, 3_000]);
});

it("a store that lags loses the oldest poses, and how many is known", async () => {
  const { promise: answer, resolve } = Promise.withResolvers<void>();
  const asked: PoseRecord[][] = [];
  const slow: PoseRecords = {
    addPoses: (rows) => {
      asked.push([...rows]);
      return answer;
    },
  };
  const { view, show } = camera("door");
  const crowd = Array.from({ length: 1_000 }, (_, i) => i + 1);
  await using poses = history(slow, [view]);
  poses.tick();
  for (let second = 0; second < 8; second++) {
    await show(shown(second * 1_000, crowd));
    poses.tick();
  }
  expect(asked).toHaveLength(1);
  expect(poses.lost).toBe(2_000);
  resolve();
  await vi.waitFor(() => expect(asked).toHaveLength(6));
  expect(asked.map(([first]) => first?.wallMs)).toEqual([0, 3_000, 4_000, 5_000, 6_000, 7_000]);
});

it("what a store does not take is given up, and the next is tried", async () => {
  let failing = true;
  const rows: PoseRecord[] = [];
  const records: PoseRecords = {
    addPoses: async (given) => {
      if (failing) throw new Error("the disk is full");
      rows.push(...given);
    },
  };
  const { view, show } = camera("door");
  await using poses = history(records, [view]);
  poses.tick();
  await show(shown(1_000, [1, 2]));
  poses.tick();
  await vi.waitFor(() => expect(poses.lost).toBe(2));
  failing = false;
  await show(shown(2_000, [1]));
  poses.tick();
  await vi.waitFor(() => expect(rows).toHaveLength(1));
  expect(poses.lost).toBe(2);
});
