import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { expectSame, expectThat, notApplicable, notSeen, passed, type Rule, shortly } from "../rule.ts";

const SECTION = "Connection Management";

/** How a connection is kept, asked after and ended. */
export const keepalive: readonly Rule[] = [
  {
    section: SECTION,
    name: "connection_status says that the client is connected",
    async run(context) {
      await using peer = await context.connect();
      const told = await peer.next("connection_status");
      if (!told) return notSeen("none after the handshake");
      const { client_id } = told.data;
      expectSame(told.metadata?.client_id ?? client_id, client_id);
      return passed();
    },
  },
  {
    section: "Extensions",
    name: "connection_status answers the same question, with the subscriptions there are",
    async run(context) {
      await using peer = await context.connect();
      await peer.next("connection_status");
      await peer.subscribe([context.wish("system_event"), context.wish("config_update")]);
      peer.send(golden["client.connection_status"]);
      const told = await peer.next("connection_status");
      if (!told) return notApplicable("it does not");
      expectSame(told.data.active_subscriptions, 2);
      return passed();
    },
  },
  {
    section: SECTION,
    name: "client.heartbeat.json is taken, though its uptime is null",
    async run(context) {
      await using peer = await context.connect();
      peer.send(golden["client.heartbeat"]);
      const { ack, errors } = await peer.subscribe([context.wish("system_event")]);
      expectThat(errors.length === 0, { expected: "no error", received: shortly(errors[0]) });
      expectThat(ack !== undefined, { expected: "an ack of a subscribe after it", received: "nothing" });
      return passed();
    },
  },
  {
    section: SECTION,
    name: "the server's heartbeat comes",
    async run(context) {
      const { listener, recording } = context;
      const withinMs = 2 * wire.HEARTBEAT_MS + 5_000 - context.listenedMs;
      await listener.sees(() => recording.all("heartbeat").length > 0, Math.max(0, withinMs));
      const [beat] = recording.all("heartbeat");
      expectThat(beat !== undefined, { expected: "a heartbeat within a minute", received: "none" });
      return passed(`after ${beat.data.uptime} s`);
    },
  },
  {
    section: SECTION,
    name: "client.disconnect.json is answered, and the connection closed",
    async run(context) {
      await using peer = await context.connect();
      peer.send(golden["client.disconnect"]);
      const farewell = await peer.next("disconnect");
      const closure = await peer.closes();
      expectThat(closure !== undefined, { expected: "a close", received: "a connection that stays" });
      expectSame(farewell?.data, golden["document.disconnect"].data);
      expectSame(closure.code, 1000);
      return passed();
    },
  },
];
