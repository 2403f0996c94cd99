import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Peer } from "../peer.ts";
import { expectSame, expectThat, notApplicable, notSeen, passed, type Rule, shortly, type Verdict } from "../rule.ts";

const SECTION = "Rate Limiting";

type Refusal = Extract<wire.ErrorData, { error_code: "RATE_LIMIT_EXCEEDED" }>;

/** Messages of a kind: how to make one, and how many are taken. */
interface Kind {
  readonly limit: number;
  readonly window: string;
  message(id: string): object;
}

const SUBSCRIBING: Kind = {
  ...wire.MESSAGE_LIMITS.subscriptions,
  message: (id) => ({ type: "unsubscribe", data: { subscription_ids: [id] } }),
};
const BEATING: Kind = { ...wire.MESSAGE_LIMITS.heartbeat, message: () => golden["client.heartbeat"] };
const GENERAL: Kind = {
  ...wire.MESSAGE_LIMITS.general,
  message: (subscription_id) => ({ type: "update_subscription", data: { subscription_id, filters: {} } }),
};

/** A client that has used up what it may send, and the refusal of what it sent beyond. */
async function exhausted(context: Context, kind: Kind): Promise<{ readonly peer: Peer; readonly refusal: Refusal }> {
  const peer = await context.connect();
  // The one subscription counts among its kind, and the other half of them ends nothing.
  const { ack } = await peer.subscribe([context.wish("system_event")]);
  const id = ack?.active_subscriptions[0]?.subscription_id ?? "sub_1";
  const before = kind === SUBSCRIBING ? 1 : 0;
  for (let sent = before; sent < kind.limit; sent++) peer.send(kind.message(id));
  const early = (await peer.collect(300)).find(isRefusal);
  expectThat(early === undefined, { expected: `${kind.limit} that are taken`, received: shortly(early?.raw.data) });
  peer.send(kind.message(id));
  await peer.sees(() => peer.received.some(isRefusal), 2_000);
  const refusal = peer.received.find(isRefusal)?.message;
  expectThat(refusal?.type === "error" && refusal.data.error_code === "RATE_LIMIT_EXCEEDED", {
    expected: "RATE_LIMIT_EXCEEDED for the next",
    received: "none",
  });
  return { peer, refusal: refusal.data };
}

const isRefusal = ({ message }: Peer["received"][number]): boolean =>
  message?.type === "error" && message.data.error_code === "RATE_LIMIT_EXCEEDED";

const limits = (name: string, kind: Kind): Rule => ({
  section: SECTION,
  name,
  async run(context) {
    const { peer, refusal } = await exhausted(context, kind);
    await using _ = peer;
    expectSame(refusal.message, golden["document.error.rate-limit"].data.message);
    const { limit, window, current_rate, retry_after } = refusal.details;
    expectSame({ limit, window }, { limit: kind.limit, window: kind.window });
    const isHonest = current_rate > limit && retry_after > 0 && retry_after <= 60;
    expectThat(isHonest, {
      expected: "a rate above it, and up to a minute to wait",
      received: shortly(refusal.details),
    });
    return passed(`retry after ${retry_after} s`);
  },
});

const hearsAgain = (name: string, kind: Kind): Rule => ({
  section: SECTION,
  name,
  slow: true,
  async run(context): Promise<Verdict> {
    const { peer, refusal } = await exhausted(context, kind);
    await using _ = peer;
    await peer.collect(refusal.details.retry_after * 1000 + 200);
    const from = peer.received.length;
    peer.send(kind.message("sub_1"));
    await peer.collect(500);
    const again = peer.received.slice(from).find(isRefusal);
    expectThat(again === undefined, { expected: "to be heard again", received: shortly(again?.raw.data) });
    return passed(`after ${refusal.details.retry_after} s`);
  },
});

/** What was sent a minute apart may arrive a little less than that apart. */
const MINUTE_MS = 59_500;

/** The most of these arrivals (milliseconds) in any minute. */
export const mostInAMinute = (times: readonly number[]): number =>
  times.reduce((found, end) => Math.max(found, times.filter((at) => at > end - MINUTE_MS && at <= end).length), 0);

const ceiling = (
  name: string,
  { limit, types }: { readonly limit: number; readonly types: readonly string[] },
): Rule => ({
  section: SECTION,
  name,
  slow: true,
  async run(context) {
    await using peer = await context.connect();
    await peer.subscribe(types.map((type) => context.wish(type)));
    const received = await peer.collect(65_000);
    const count = mostInAMinute(received.filter(({ type }) => types.includes(type)).map(({ atMs }) => atMs));
    expectThat(count <= limit, { expected: `at most ${limit}`, received: String(count) });
    return count > 0 ? passed(`${count} in a minute`) : notSeen("none in a minute");
  },
});

/** What a client may send, and is sent, in a minute. */
export const rates: readonly Rule[] = [
  limits("10 subscribe and unsubscribe in a minute; the eleventh is refused", SUBSCRIBING),
  limits("1 heartbeat in 30 seconds; the second is refused", BEATING),
  limits("60 general commands in a minute; the next is refused", GENERAL),
  hearsAgain("subscribing is heard again after retry_after", SUBSCRIBING),
  hearsAgain("heartbeats every 30 seconds are taken", BEATING),
  hearsAgain("general commands are heard again after retry_after", GENERAL),
  ceiling("at most 100 system events in a minute", {
    limit: wire.EVENT_LIMITS.system.limit,
    types: ["system_event", "hardware_event", "performance_update", "config_update"],
  }),
  ceiling("at most 60 analytics updates in a minute", {
    limit: wire.EVENT_LIMITS.analytics.limit,
    types: ["analytics_stream", "occupancy_update"],
  }),
  {
    section: "Extensions",
    name: "whoever does not stop is closed with 4029",
    async run(context) {
      await using peer = await context.connect();
      const most = wire.MESSAGE_LIMITS.general.limit + wire.FLOOD_LIMIT.limit;
      for (let sent = 0; sent <= most + 20; sent++) peer.send("{");
      const closure = await peer.closes();
      if (!closure) return notApplicable("the connection stays");
      expectSame(closure.code, wire.CLOSE.flooding.code);
      return passed();
    },
  },
];
