import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context, Knock } from "../context.ts";
import type { Peer } from "../peer.ts";
import { expectThat, notApplicable, notSeen, passed, type Rule, type Verdict } from "../rule.ts";

/** Whether a client may subscribe. */
export async function isLetIn(peer: Peer, context: Context): Promise<boolean> {
  const { ack } = await peer.subscribe([context.wish("system_event")]);
  return ack !== undefined && ack.status !== "error";
}

const letsIn = (name: string, show: (token: string) => Knock): Rule => ({
  section: "Connection Setup",
  name,
  async run(context) {
    const { token } = context.target;
    return token === undefined ? notApplicable("no --token") : entersBy(context, show(token));
  },
});

async function entersBy(context: Context, knock: Knock): Promise<Verdict> {
  const arrival = await context.knock(knock);
  expectThat(arrival.kind === "open", { expected: "to be let in", received: "why" in arrival ? arrival.why : "" });
  await using peer = arrival.peer;
  const expected = "an ack of a subscribe";
  expectThat(await isLetIn(peer, context), {
    expected,
    received: peer.closure ? `close ${peer.closure.code}` : "none",
  });
  return passed();
}

/** How clients connect. */
export const handshake: readonly Rule[] = [
  letsIn("a token in the address lets in", (token) => ({ query: { token } })),
  letsIn("a token in the Authorization header lets in", (token) => ({ headers: { authorization: `Bearer ${token}` } })),
  {
    section: "Connection Setup",
    name: `the subprotocol ${wire.SUBPROTOCOL} is agreed to when it is offered`,
    async run(context) {
      await using peer = await context.connect({ protocols: [wire.SUBPROTOCOL] });
      const { protocol } = peer.socket;
      expectThat(protocol === wire.SUBPROTOCOL, { expected: wire.SUBPROTOCOL, received: protocol || "no subprotocol" });
      return passed();
    },
  },
  {
    section: "Connection Setup",
    name: "a client that names itself is called so",
    async run(context) {
      await using peer = await context.connect({ query: { client_id: "client_123" } });
      await peer.subscribe([context.wish("system_event")]);
      const names = peer.received.flatMap(({ message }) => message?.metadata?.client_id ?? []);
      if (names.length === 0) return notApplicable("no message says whose it is");
      const other = names.find((name) => name !== "client_123");
      expectThat(other === undefined, { expected: "client_123", received: String(other) });
      return passed();
    },
  },
  {
    section: "Extensions",
    name: "a token in the subprotocol list lets in, and is not sent back",
    async run(context) {
      const { token } = context.target;
      if (token === undefined) return notApplicable("no --token");
      const arrival = await context.knock({ protocols: [wire.SUBPROTOCOL, `bearer.${token}`] });
      if (arrival.kind === "refused") return notApplicable(arrival.why);
      await using peer = arrival.peer;
      const { protocol } = peer.socket;
      expectThat(!protocol.startsWith("bearer."), { expected: "another subprotocol", received: "the token" });
      return (await isLetIn(peer, context)) ? passed() : notApplicable("no ack of a subscribe");
    },
  },
  {
    section: "Extensions",
    name: `by the subprotocol ${wire.MESSAGE_PACK_SUBPROTOCOL} the same comes as MessagePack`,
    async run(context) {
      const arrival = await context.attempt({ protocols: [wire.MESSAGE_PACK_SUBPROTOCOL] });
      if (arrival.kind === "refused") return notApplicable(arrival.why);
      await using peer = arrival.peer;
      expectThat(await isLetIn(peer, context), { expected: "an ack of a subscribe", received: "none" });
      await peer.subscribe([context.wish("pose_data")]);
      const received = await peer.collect(context.observeMs);
      const broken = received.find(({ problem }) => problem !== undefined);
      expectThat(broken === undefined, { expected: "messages of the protocol", received: broken?.problem ?? "" });
      return received.length > 0 ? passed(`${received.length} messages`) : notSeen("no frame");
    },
  },
  {
    section: "Extensions",
    name: "a token in a first auth message lets in",
    async run(context) {
      const { token } = context.target;
      if (token === undefined) return notApplicable("no --token");
      const arrival = await context.knock();
      if (arrival.kind === "refused") return notApplicable(arrival.why);
      await using peer = arrival.peer;
      peer.send({ type: "auth", data: { token } });
      const status = await peer.next("connection_status", wire.AUTH_WITHIN_MS);
      if (!status) return notApplicable("it does not say that the client is connected");
      expectThat(await isLetIn(peer, context), { expected: "an ack of a subscribe", received: "none" });
      return passed();
    },
  },
];
