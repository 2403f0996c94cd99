import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Answer, Peer } from "../peer.ts";
import { expectSame, expectThat, notApplicable, notSeen, passed, type Rule, shortly } from "../rule.ts";

const SECTION = "Subscription Management";
const INVALID = golden["document.error.subscription"].data;

function acked({ ack, errors }: Answer): wire.Ack {
  expectThat(ack !== undefined, { expected: "an ack", received: errors.length > 0 ? shortly(errors[0]) : "nothing" });
  return ack;
}

const typesIn = ({ active_subscriptions }: wire.Ack): string[] => active_subscriptions.map((each) => each.event_type);

const acknowledges = (name: "client.subscribe" | "client.subscribe.high"): Rule => ({
  section: SECTION,
  name: `${name}.json is acknowledged, its subscriptions in order and active`,
  async run(context) {
    await using peer = await context.connect();
    const wishes = context.wishes(name) as { event_type: string }[];
    const ack = acked(await peer.subscribe(wishes));
    const received = { message_type: ack.message_type, status: ack.status, types: typesIn(ack) };
    const expected = {
      message_type: "subscribe",
      status: "success",
      types: wishes.map(({ event_type }) => event_type),
    };
    expectSame(received, expected);
    const ids = new Set(ack.active_subscriptions.map(({ subscription_id }) => subscription_id));
    expectThat(ids.size === wishes.length, { expected: "an id for each", received: shortly([...ids]) });
    return passed();
  },
});

/** A subscription to system events, and its id. */
async function subscribed(peer: Peer, wish: object): Promise<string> {
  const { active_subscriptions } = acked(await peer.subscribe([wish]));
  const id = active_subscriptions[0]?.subscription_id;
  expectThat(id !== undefined, { expected: "an active subscription", received: "none" });
  return id;
}

async function refusedOf(context: Context, item: object | number): Promise<Answer> {
  await using peer = await context.connect();
  return await peer.subscribe([item, context.wish("system_event")]);
}

const refuses = ([name, { subscription, problem }]: (typeof refusals)[number]): Rule => ({
  section: name === "refused.confidence" ? "Error Handling" : "Bad input",
  name: `${name}.json is answered with SUBSCRIPTION_ERROR, and the other subscription stands`,
  async run(context) {
    const { ack, errors } = await refusedOf(context, subscription);
    const [error] = errors;
    expectThat(error?.error_code === "SUBSCRIPTION_ERROR", {
      expected: "SUBSCRIPTION_ERROR",
      received: shortly(error),
    });
    expectSame(error.message, INVALID.message);
    const { field, reason } = error.details;
    // The others' sentences are this server's own.
    if (name === "refused.confidence") expectSame({ field, reason }, problem);
    expectSame(ack && typesIn(ack), ["system_event"]);
    return passed(reason);
  },
});

const refusals = Object.entries(golden)
  .filter(([name]) => name.startsWith("refused."))
  .map(([name, file]) => [name, file as { subscription: object | number; problem: object }] as const);

/** How clients say what they want. */
export const subscriptions: readonly Rule[] = [
  acknowledges("client.subscribe"),
  acknowledges("client.subscribe.high"),
  {
    section: SECTION,
    name: "every event type of the description can be subscribed to",
    run({ listening: { ack, errors } }) {
      expectThat(errors.length === 0, { expected: "no error", received: shortly(errors[0]) });
      expectSame(ack && typesIn(ack), wire.EventType.options);
      return passed(`${wire.EventType.options.length} types`);
    },
  },
  {
    section: SECTION,
    name: "client.unsubscribe.json ends what it names, and nothing of it comes any more",
    async run(context) {
      await using peer = await context.connect();
      const id = await subscribed(peer, context.wish("pose_data", { min_confidence: 0 }));
      const { type } = golden["client.unsubscribe"];
      const ack = acked(await peer.ask({ type, data: { subscription_ids: [id] } }));
      expectSame(ack.message_type, "unsubscribe");
      expectSame(typesIn(ack), []);
      const late = (await peer.collect(context.observeMs / 2)).filter((each) => each.type === "pose_data");
      expectThat(late.length === 0, { expected: "no pose_data", received: `${late.length}` });
      return passed();
    },
  },
  {
    section: SECTION,
    name: "client.update_subscription.json is acknowledged, and holds from then on",
    async run(context) {
      await using peer = await context.connect();
      const id = await subscribed(peer, context.wish("pose_data", { min_confidence: 0 }));
      const { type, data } = golden["client.update_subscription"];
      const ack = acked(await peer.ask({ type, data: { ...data, subscription_id: id } }));
      expectSame(ack.message_type, type);
      const least = data.filters.min_confidence;
      const shown = (await peer.collect(context.observeMs)).flatMap(({ message }) =>
        message?.type === "pose_data" ? message.data.persons : [],
      );
      const unsure = shown.find(({ confidence }) => confidence < least);
      expectThat(unsure === undefined, { expected: `confidence from ${least}`, received: shortly(unsure?.confidence) });
      return shown.length > 0 ? passed() : notSeen("acknowledged, but nobody was seen after it");
    },
  },
  {
    section: "Extensions",
    name: "the ack says how each subscription is applied",
    async run(context) {
      await using peer = await context.connect();
      const wish = context.wish("pose_data", {}, { throttle: { max_fps: 99, buffer_size: 99 }, quality: "high" });
      const [applied] = acked(await peer.subscribe([wish])).active_subscriptions;
      if (!applied?.throttle) return notApplicable("it does not");
      const { max_fps, buffer_size } = applied.throttle;
      expectSame({ max_fps, buffer_size }, { max_fps: 30, buffer_size: 1 });
      return passed("of more than it allows, what it allows");
    },
  },
  ...refusals.map(refuses),
];
