import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Peer } from "../peer.ts";
import type { Received } from "../recording.ts";
import {
  expectSame,
  expectThat,
  notApplicable,
  notSeen,
  passed,
  type Rule,
  type Section,
  shortly,
  type Verdict,
} from "../rule.ts";

/** Two clients at once: one with the filters, one without, or with what is given. */
interface Compared {
  readonly eventType: string;
  readonly filters: object;
  readonly others?: object;
}

const SECTION: Section = "Subscription Management";
const HIGH = { throttle: { max_fps: 30, buffer_size: 1 }, quality: "high" };

/** What each of the two was sent while both were there. */
async function compare(context: Context, { eventType, filters, others = {} }: Compared) {
  const more = eventType.startsWith("pose_data") ? HIGH : {};
  await using filtered = await context.connect();
  await using whole = await context.connect();
  await follow(filtered, context.wish(eventType, filters, more));
  await follow(whole, context.wish(eventType, others, more));
  const from = filtered.received.length;
  const all = await whole.collect(eventType.startsWith("pose_data") ? context.observeMs : 2 * context.observeMs);
  // What the one was sent last is still on its way to the other.
  await filtered.collect(200);
  return { all, some: filtered.received.slice(from) };
}

async function follow(peer: Peer, wish: object): Promise<void> {
  const { ack } = await peer.subscribe([wish]);
  expectThat(ack?.active_subscriptions.length === 1, { expected: "an active subscription", received: shortly(ack) });
}

type Person = wire.Person;

interface PoseFilter {
  readonly filters: object;
  /** What somebody looks like by it; null for who is left out. */
  shows(person: Person): object | null;
  readonly section?: Section;
}

const posesOf = (received: readonly Received[]): wire.PoseData[] =>
  received.flatMap(({ message }) => (message?.type === "pose_data" ? [message.data] : []));

const frameOf = ({ environment_id, frame_id }: wire.PoseData): string => `${environment_id} ${frame_id}`;

const ofPoses = (name: string, { filters, shows, section = SECTION }: PoseFilter): Rule => ({
  section,
  name,
  async run(context) {
    const whole = { min_confidence: 0, include_keypoints: true, include_dense_pose: true, include_velocity: true };
    const { all, some } = await compare(context, { eventType: "pose_data", filters, others: whole });
    const known = new Map(posesOf(all).map((frame) => [frameOf(frame), frame]));
    let people = 0;
    for (const frame of posesOf(some)) {
      const before = known.get(frameOf(frame));
      if (!before) continue;
      people += before.persons.length;
      const expected = before.persons.map(shows).filter((person) => person !== null);
      expectSame(frame.persons, expected);
    }
    return people > 0 ? passed(`${people} times somebody`) : notSeen("no frame with people");
  },
});

const least = (min_confidence: number): PoseFilter => ({
  filters: { min_confidence, include_dense_pose: true },
  shows: (person) => (person.confidence >= min_confidence ? person : null),
});

interface EventFilter {
  readonly eventType: string;
  readonly filters: object;
  lets(message: wire.ServerMessage): boolean;
}

const keyOf = ({ message, type }: Received): string =>
  JSON.stringify([type, message?.timestamp, message?.metadata?.stream, message && "data" in message && message.data]);

const ofEvents = (name: string, { eventType, filters, lets }: EventFilter): Rule => ({
  section: SECTION,
  name,
  async run(context): Promise<Verdict> {
    const { all, some } = await compare(context, { eventType, filters });
    const events = all.filter(({ message }) => message && "metadata" in message && message.type.endsWith("_event"));
    const wrong = some.find(({ message }) => message?.type.endsWith("_event") && !lets(message));
    expectThat(wrong === undefined, {
      expected: `only what has ${shortly(filters)}`,
      received: shortly(wrong?.raw.data),
    });
    const got = new Set(some.map(keyOf));
    const wanted = events.filter(({ message }) => message && lets(message));
    const missing = wanted.find((each) => !got.has(keyOf(each)));
    expectThat(missing === undefined, { expected: shortly(missing?.raw.data), received: "nothing" });
    if (wanted.length === 0) return notSeen("nothing happened that it lets through");
    return passed(`${wanted.length} of ${events.length}`);
  },
});

/** What filters let through, compared with what they are not applied to. */
export const filters: readonly Rule[] = [
  {
    section: SECTION,
    name: "environment_id: only what is of that environment",
    async run(context) {
      const [first] = context.recording.all("pose_data");
      const environment_id = context.target.environment ?? first?.data.environment_id;
      if (environment_id === undefined) return notSeen("no environment is known: name one by --environment");
      const { some } = await compare(context, { eventType: "pose_data", filters: { environment_id } });
      const poses = posesOf(some);
      for (const frame of poses) expectSame(frame.environment_id, environment_id);
      return poses.length > 0 ? passed(environment_id) : notSeen("no frame");
    },
  },
  ofPoses("min_confidence 0: everybody", least(0)),
  ofPoses("min_confidence 0.5: those who are at least so sure", least(0.5)),
  ofPoses("no min_confidence: 0.7, as the printed clients have it", {
    ...least(0.7),
    filters: { include_dense_pose: true },
  }),
  ofPoses("min_confidence 1: nobody who is less sure", least(1)),
  ofPoses("include_keypoints false: none", {
    filters: { min_confidence: 0, include_keypoints: false, include_dense_pose: true },
    shows: ({ keypoints: _, ...person }) => person,
  }),
  ofPoses("include_dense_pose false: none", {
    filters: { min_confidence: 0, include_dense_pose: false },
    shows: ({ dense_pose: _, ...person }) => person,
  }),
  ofPoses("include_velocity false: none", {
    section: "Real-time Pose Streaming",
    filters: { min_confidence: 0, include_velocity: false, include_dense_pose: true },
    shows: ({ activity: { velocity: _, ...activity }, ...person }) => ({ ...person, activity }),
  }),
  {
    section: "Extensions",
    name: "person_ids and zone_ids: only those people",
    async run(context) {
      const shown = context.recording.all("pose_data").flatMap(({ data }) => data.persons);
      const [first] = shown;
      if (!first) return notSeen("nobody was seen");
      await using peer = await context.connect();
      const wanted = { person_ids: [first.person_id], zone_ids: ["sensorium conformance"], min_confidence: 0 };
      const { ack } = await peer.subscribe([context.wish("pose_data", wanted)]);
      if (!ack?.active_subscriptions[0]?.filters)
        return notApplicable("the ack does not say whether it filters by them");
      const frames = posesOf(await peer.collect(context.observeMs));
      for (const { persons } of frames) expectSame(persons, []);
      return frames.length > 0 ? passed("nobody is in a zone that there is none of") : notSeen("no frame");
    },
  },
  ofEvents("severity: only what is so bad", {
    eventType: "system_event",
    filters: { severity: ["warning", "error", "critical"] },
    lets: (message) =>
      (message.type === "system_event" || message.type === "hardware_event") &&
      ["warning", "error", "critical"].includes(message.data.severity ?? "info"),
  }),
  ofEvents("event_types: only those", {
    eventType: "activity_event",
    filters: { event_types: ["fall_detected", "alert_triggered"] },
    lets: (message) =>
      message.type === "activity_event" && ["fall_detected", "alert_triggered"].includes(message.data.event_type),
  }),
];
