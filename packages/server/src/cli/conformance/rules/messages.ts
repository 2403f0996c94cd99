import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Peer } from "../peer.ts";
import { expectThat, notApplicable, notSeen, passed, type Rule, type Section, shortly } from "../rule.ts";

const LISTEN_MS = { quick: 12_000, whole: 75_000 };

/** The sections in which the description has the types that may come at any time. */
const SECTIONS: Readonly<Partial<Record<wire.ServerMessage["type"], Section>>> = {
  analytics_stream: "Analytics Streaming",
  pose_data_trajectory: "Real-time Pose Streaming",
};

/** Waits for a type until it has come, or everything was listened to for long enough. */
async function awaits(context: Context, type: string): Promise<void> {
  const { listener, quick, listenedMs } = context;
  const withinMs = (quick ? LISTEN_MS.quick : LISTEN_MS.whole) - listenedMs;
  await listener.sees(() => listener.received.some((each) => each.type === type), Math.max(0, withinMs));
}

const comes = (type: Exclude<wire.ServerMessage["type"], "token_expired">): Rule => ({
  section: SECTIONS[type] ?? "Event Types",
  name: `${type} is as the description has it`,
  async run(context) {
    await awaits(context, type);
    const all = context.recording.received.filter((each) => each.type === type);
    const broken = all.find(({ problem }) => problem !== undefined);
    expectThat(broken === undefined, { expected: `a ${type}`, received: broken?.problem ?? "" });
    return all.length > 0 ? passed(`${all.length}`) : notSeen("none came");
  },
});

const EVENTS = ["pose_data", "pose_data_trajectory"] as const;

/** Each message of a connection counts one more than the one before. */
function counts(peer: Peer): number {
  const numbers = peer.received.flatMap(({ message }) => message?.metadata?.sequence ?? []);
  const wrong = numbers.findIndex((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
  const received = `${numbers[wrong]} after ${numbers[wrong - 1]}`;
  expectThat(wrong < 0, { expected: "one more for each message", received });
  return numbers.length;
}

/** What follows from everything that was said; run last. */
export const messages: readonly Rule[] = [
  ...[...EVENTS, ...wire.EventMessage.options.map((option) => option.shape.type.value)].map(comes),
  {
    section: "Message Format",
    name: "analytics_update brings analytics_stream and occupancy_update",
    async run(context) {
      await using peer = await context.connect();
      const { ack } = await peer.subscribe([context.wish("analytics_update")]);
      expectThat(ack?.active_subscriptions.length === 1, {
        expected: "an active subscription",
        received: shortly(ack),
      });
      const wanted = ["analytics_stream", "occupancy_update"];
      const has = (type: string): boolean => peer.received.some((each) => each.type === type);
      const came = await peer.sees(() => wanted.every(has), context.quick ? 5_000 : LISTEN_MS.whole);
      context.recording.aliased += peer.received.filter(({ type }) => wanted.includes(type)).length;
      return came ? passed() : notSeen(wanted.filter((type) => !has(type)).join(" and "));
    },
  },
  {
    section: "Error Handling",
    name: "CONNECTION_ERROR is as the description has it",
    run({ recording }) {
      const errors = recording.received.filter(({ raw }) => shortly(raw.data).includes('"CONNECTION_ERROR"'));
      const broken = errors.find(({ problem }) => problem !== undefined);
      expectThat(broken === undefined, {
        expected: shortly(golden["document.error.connection"].data),
        received: broken?.problem ?? "",
      });
      return errors.length > 0 ? passed(`${errors.length}`) : notSeen("nothing was lost");
    },
  },
  {
    section: "Message Format",
    name: "every message has its type, its time and its data, and is one of the protocol",
    run({ recording: { received } }) {
      const broken = received.filter(({ problem }) => problem !== undefined);
      const why = `${broken.length} are not; ${broken[0]?.problem}`;
      expectThat(broken.length === 0, { expected: `${received.length} messages of the protocol`, received: why });
      return passed(`${received.length} messages`);
    },
  },
  {
    section: "Message Format",
    name: "metadata.sequence counts the messages of a connection",
    run({ listener }) {
      const count = counts(listener);
      return count > 0 ? passed(`to ${count}`) : notSeen("no message has one");
    },
  },
  {
    section: "Extensions",
    name: "connections are closed with numbers that say whether to come back",
    run({ recording: { closures } }) {
      const codes = [...new Set(closures.map(({ code }) => code))].sort((a, b) => a - b);
      const known = Object.values(wire.CLOSE).map(({ code }) => code);
      const other = codes.filter((code) => !known.some((each) => each === code));
      if (other.length > 0) return notApplicable(`it has others: ${other.join()}`);
      return codes.length > 0 ? passed(codes.join()) : notSeen("none was closed");
    },
  },
  {
    section: "Message Format",
    name: "times are UTC",
    run({ recording: { received } }) {
      const local = received.find(({ message }) => message && !/(Z|[+-]00:00)$/.test(message.timestamp));
      expectThat(local === undefined, { expected: "…Z", received: String(local?.message?.timestamp) });
      return received.length > 0 ? passed() : notSeen("no message");
    },
  },
];
