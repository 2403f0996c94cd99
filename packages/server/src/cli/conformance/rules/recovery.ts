import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Received } from "../recording.ts";
import { expectSame, expectThat, notApplicable, notSeen, passed, type Rule, shortly, type Verdict } from "../rule.ts";

/** The events of one environment that the listener has had, by their places. */
function streamOf(context: Context): wire.StreamPosition[] {
  const places = placesOf(context.listener.received);
  return places.filter(({ environment_id }) => environment_id === places[0]?.environment_id);
}

const placesOf = (received: readonly Received[]): wire.StreamPosition[] =>
  received.flatMap(({ message }) => message?.metadata?.stream ?? []);

const EVENTS = wire.EventMessage.options.map((option) => option.shape.type.value);

const noPlaces = ({ listener }: Context): Verdict =>
  listener.received.some(({ type }) => EVENTS.some((event) => event === type))
    ? notApplicable("events do not say where they stand")
    : notSeen("no event");

/** What is promised of events; another server need not promise anything. */
export const recovery: readonly Rule[] = [
  {
    section: "Extensions",
    name: "recover: everything since a position follows, once, in order",
    async run(context) {
      const [after, ...missed] = streamOf(context);
      if (!after) return noPlaces(context);
      if (missed.length === 0) return notSeen("not two events of an environment");
      const { environment_id, epoch, offset } = after;
      await using peer = await context.connect();
      const wishes = EVENTS.map((event_type) => ({ event_type, filters: { environment_id } }));
      const { ack } = await peer.subscribe(wishes, { recover: { environment_id, epoch, offset } });
      if (ack?.recovered === undefined) return notApplicable("the ack says nothing of it");
      expectSame(ack.recovered, true);
      const last = missed.at(-1)?.offset ?? 0;
      await peer.sees(() => (placesOf(peer.received).at(-1)?.offset ?? 0) >= last, 10_000);
      const got = placesOf(peer.received).map((place) => place.offset);
      expectSame(
        got.slice(0, missed.length),
        missed.map((place) => place.offset),
      );
      expectThat(new Set(got).size === got.length, { expected: "each once", received: shortly(got) });
      return passed(`${got.length} events`);
    },
  },
  {
    section: "Extensions",
    name: "recover: a position of another server is not recovered, and is said so",
    async run(context) {
      await using peer = await context.connect();
      const [place] = streamOf(context);
      if (!place) return noPlaces(context);
      const { environment_id } = place;
      const recover = { environment_id, epoch: "of another server", offset: 1 };
      const { ack } = await peer.subscribe([{ event_type: "activity_event", filters: { environment_id } }], {
        recover,
      });
      if (ack?.recovered === undefined) return notApplicable("the ack says nothing of it");
      expectSame(ack.recovered, false);
      return passed();
    },
  },
];
