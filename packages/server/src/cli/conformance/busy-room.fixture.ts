import { TestAuth } from "../../serve/testing/auth.fixture.ts";
import type { HandClock } from "../../serve/testing/hand-clock.ts";
import { type Happening, posedPerson, poseFrame, ScriptedSensing } from "../../serve/testing/scripted-sensing.ts";
import { GOLDEN_MS, readGolden, StreamingFixture } from "../../serve/testing/streaming.fixture.ts";
import { PassingTime } from "./passing-time.fixture.ts";

const happening = (name: string, change: object = {}): Happening => {
  const { type, data, timestamp, metadata } = readGolden(`server.${name}`);
  return { type, data: { ...data, ...change }, atMs: Date.parse(timestamp), source: metadata.source };
};

/** Everything that can happen, again and again. */
const HAPPENINGS: readonly Happening[] = [
  happening("tracking_update"),
  happening("system_event"),
  happening("hardware_event"),
  happening("activity_event"),
  happening("occupancy_update"),
  happening("performance_update"),
  happening("system_event", { severity: "critical" }),
  happening("config_update"),
  happening("analytics_stream"),
  happening("activity_event", { event_type: "activity_changed", severity: "low" }),
];

const { trajectory, prediction } = readGolden("server.pose_data_trajectory").data;
const { dense_pose } = readGolden("server.pose_data.dense-skeleton").data.persons[0];

const PERSONS = [
  posedPerson({ densePose: () => dense_pose, trajectory: () => ({ trajectory, prediction }) }),
  posedPerson({ person: 2, track: 8, score: 0.6 }),
  posedPerson({ person: 3, track: 9, score: 0.3, keypoints: null }),
];

/** Our own server over a room in which everything happens, in a time that passes quickly while there is work to do. */
export class BusyRoom implements AsyncDisposable {
  readonly clock: HandClock;
  readonly #cleanup = new AsyncDisposableStack();
  #access: TestAuth | undefined;
  #fixture: StreamingFixture | undefined;

  private constructor() {
    this.clock = this.#cleanup.use(new PassingTime(GOLDEN_MS)).clock;
  }

  static async open(): Promise<BusyRoom> {
    const room = new BusyRoom();
    const { clock } = room;
    const sensing = new ScriptedSensing();
    const access = room.#cleanup.use(await TestAuth.open(clock));
    const fixture = room.#cleanup.use(await StreamingFixture.open({ clock, sensing, auth: access.auth }));
    room.#access = access;
    room.#fixture = fixture;
    let frame = 0;
    let count = 0;
    clock.every(40, () => sensing.show(frameOf(frame++, clock.now())));
    clock.every(200, () => {
      const next = HAPPENINGS[count++ % HAPPENINGS.length];
      if (next) sensing.record({ ...next, atMs: clock.now() });
    });
    return room;
  }

  get url(): string {
    return this.#fixture?.url ?? "";
  }

  /** What feeds the room's frames is lost. */
  breakPoses(): void {
    this.#fixture?.sensing.breakPoses();
  }

  /** A token that is good for some seconds. */
  async token(seconds = 3_600): Promise<string> {
    const exp = Math.floor(this.clock.now() / 1000) + seconds;
    return (await this.#access?.token({ claims: { exp } })) ?? "";
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}

const frameOf = (frame: number, now: number) =>
  poseFrame({ frame, times: { capturedMs: now, decodedMs: now, inferredMs: now }, persons: PERSONS });
