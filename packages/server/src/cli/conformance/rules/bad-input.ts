import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Context } from "../context.ts";
import type { Peer } from "../peer.ts";
import { Broken, expectThat, notSeen, passed, type Rule, shortly, type Verdict } from "../rule.ts";

const SECTION = "Bad input";

/** Sends what nobody can use; the answer is an error on a connection that stays, or a close with a code. */
async function survives(context: Context, send: (peer: Peer) => void): Promise<Verdict> {
  await using peer = await context.connect();
  send(peer);
  const error = await peer.next("error");
  if (peer.closure) return passed(`closed with ${peer.closure.code}`);
  expectThat(error !== undefined, { expected: "an error, or a close", received: "nothing" });
  const { ack } = await peer.subscribe([context.wish("system_event")]);
  if (!ack) throw new Broken({ expected: "a connection that can be used after it", received: "no ack of a subscribe" });
  return passed(`${error.data.error_code}: ${shortly(error.data.message)}`);
}

const isAnswered = (name: string, message: string | Buffer): Rule => ({
  section: SECTION,
  name,
  run: (context) =>
    survives(context, (peer) => (typeof message === "string" ? peer.send(message) : peer.socket.send(message))),
});

const exchanges = Object.entries(golden)
  .filter(([name]) => name.startsWith("exchange."))
  .map(([name, file]) => isAnswered(`${name}.json is answered with an error`, (file as { request: string }).request));

const many = (count: number): string =>
  JSON.stringify({
    type: "subscribe",
    data: { subscriptions: Array.from({ length: count }, () => ({ event_type: "pose_data" })) },
  });

const DEEP = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
const ENDLESS = '{"type":'.repeat(5_000);
const NASTY = [DEEP, many(10_000)] as const;

/** What is sent by mistake or malice. */
export const badInput: readonly Rule[] = [
  ...exchanges,
  isAnswered("JSON nested 30 000 deep is answered with an error", DEEP),
  isAnswered("JSON that never ends is answered with an error", ENDLESS),
  isAnswered("a message of 100 000 bytes that says nothing is answered with an error", "[".repeat(100_000)),
  isAnswered("10 000 subscriptions are answered with an error", many(10_000)),
  isAnswered("a binary message is answered with an error", Buffer.from([0, 1, 2, 255])),
  {
    section: SECTION,
    name: "a message of more than 1 MiB closes the connection with 1009",
    async run(context) {
      await using peer = await context.connect();
      peer.send(" ".repeat(wire.MAX_MESSAGE_BYTES + 1));
      const closure = await peer.closes();
      expectThat(closure !== undefined, { expected: "a close", received: "a connection that stays" });
      expectThat(closure.code === 1009 || closure.code === 1006, { expected: "1009", received: String(closure.code) });
      return passed(`${closure.code}`);
    },
  },
  {
    section: SECTION,
    name: "others are not affected: their frames come as before while all this is sent at once",
    async run(context) {
      const before = await framesIn(context);
      if (before === 0) return notSeen("no frames");
      const nasty = [...NASTY, ...NASTY, ...NASTY];
      const attackers = await Promise.all(nasty.map(() => context.connect()));
      for (const [index, attacker] of attackers.entries()) attacker.send(nasty[index] ?? "{");
      const meanwhile = await framesIn(context);
      await Promise.all(attackers.map((attacker) => attacker[Symbol.asyncDispose]()));
      const expected = `about ${before} frames`;
      expectThat(meanwhile >= before / 2, { expected, received: `${meanwhile}` });
      return passed(`${meanwhile} frames, ${before} before`);
    },
  },
];

async function framesIn({ listener, observeMs }: Context): Promise<number> {
  return (await listener.collect(observeMs)).filter(({ type }) => type === "pose_data").length;
}
