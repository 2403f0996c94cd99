import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { fixed, median, quantile, type Rows } from "./table.ts";

/** What the bench says to a server process, and hears of it. */
export type ToFanoutServer = "weigh" | "show" | "begin" | "end" | "exit";
export type FromFanoutServer =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "weight"; readonly bytes: number }
  | { readonly kind: "cpu"; readonly micros: number };

export interface FanoutOptions {
  readonly sockets: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** What one server did for its sockets in one round. */
interface Round {
  readonly microsPerMessage: number;
  readonly latencies: readonly number[];
  readonly perSecond: number;
  /** Of one message. */
  readonly bytes: number;
  /** Of the server's memory, for a connection that has asked for nothing, and for one that is subscribed. */
  readonly idleBytes: number;
  readonly subscribedBytes: number;
}

/** Four different answers to "what of a frame", so that a frame is serialised four times and not a thousand. */
const FILTERS = [
  {},
  { include_keypoints: true, include_velocity: false },
  { min_confidence: 0.5, include_keypoints: true },
  { min_confidence: 0.6, include_velocity: false },
];
const AT_ONCE = 50;
const SAMPLE_EVERY = 20;
/** V8 compacts what the connecting has left some ten seconds after it, in threads of its own, which count as well. */
const SETTLE_MS = 14_000;

/** Many sockets on one environment, beside `ws` sending one prepared buffer of the same length to as many. */
export async function fanout({ sockets, seconds, rounds }: FanoutOptions): Promise<Rows> {
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const round = await measure("streaming", { sockets, seconds, bytes: 0 });
    ours.push(round);
    theirs.push(await measure("plain", { sockets, seconds, bytes: round.bytes }));
  }
  const ratios = ours.map((round, i) => round.microsPerMessage / (theirs[i]?.microsPerMessage ?? Number.NaN));
  const latencies = ours.flatMap((round) => round.latencies);
  const of = (all: readonly Round[], figure: (round: Round) => number): number => median(all.map(figure));
  const perSecond = fixed(
    of(ours, (round) => round.perSecond),
    0,
    "/s",
  );
  const bytes = fixed(
    of(ours, (round) => round.bytes),
    0,
  );
  return [
    ["delivered", perSecond, `${sockets} sockets, ${FILTERS.length} filters, ${bytes} bytes a message`],
    ["capture to client p50", fixed(quantile(latencies, 0.5), 0, "ms"), `of every ${SAMPLE_EVERY}th message`],
    ["capture to client p99", fixed(quantile(latencies, 0.99), 0, "ms"), "limit 200"],
    [
      "server CPU a message",
      fixed(
        of(ours, (round) => round.microsPerMessage),
        1,
        "µs",
      ),
    ],
    [
      "ws, prepared buffer",
      fixed(
        of(theirs, (round) => round.microsPerMessage),
        1,
        "µs",
      ),
      "same run",
    ],
    [
      "ratio",
      fixed(median(ratios), 2),
      `of ${rounds} rounds: ${ratios.map((ratio) => fixed(ratio, 2)).join(" ")}; limit 1.25`,
    ],
    ["RSS a connection, idle", kilobytes(of(ours, (round) => round.idleBytes)), "connected, not subscribed; limit 35"],
    ["RSS a connection, subscribed", kilobytes(of(ours, (round) => round.subscribedBytes))],
    ["RSS a connection of ws", kilobytes(of(theirs, (round) => round.idleBytes)), "same run"],
  ];
}

interface RoundOptions {
  readonly sockets: number;
  readonly seconds: number;
  readonly bytes: number;
}

async function measure(kind: "streaming" | "plain", { sockets, seconds, bytes }: RoundOptions): Promise<Round> {
  const server = fork(new URL("./fanout-server.ts", import.meta.url), [kind, String(bytes)], {
    execArgv: ["--expose-gc"],
  });
  try {
    const { port } = await answer(server, "ready");
    const empty = await weigh(server);
    const crowd = await connect(port, { sockets, subscribes: kind === "streaming" });
    const idle = await weigh(server);
    await crowd.subscribe();
    const subscribed = await weigh(server);
    tell(server, "show");
    await delay(SETTLE_MS);
    const before = crowd.begin();
    tell(server, "begin");
    await delay(1_000 * seconds);
    tell(server, "end");
    const { micros } = await answer(server, "cpu");
    const messages = crowd.received - before;
    crowd.leave();
    return {
      microsPerMessage: micros / messages,
      latencies: crowd.latencies,
      perSecond: messages / seconds,
      bytes: crowd.bytes,
      idleBytes: (idle - empty) / sockets,
      subscribedBytes: (subscribed - empty) / sockets,
    };
  } finally {
    tell(server, "exit");
    await once(server, "exit");
  }
}

/** The memory of a server without its garbage, in bytes. */
async function weigh(server: ChildProcess): Promise<number> {
  tell(server, "weigh");
  const { bytes } = await answer(server, "weight");
  return bytes;
}

const tell = (server: ChildProcess, message: ToFanoutServer): void => void (server.connected && server.send(message));

async function answer<K extends FromFanoutServer["kind"]>(
  server: ChildProcess,
  kind: K,
): Promise<Extract<FromFanoutServer, { kind: K }>> {
  for (;;) {
    const [message] = (await once(server, "message")) as [FromFanoutServer];
    if (message.kind === kind) return message as Extract<FromFanoutServer, { kind: K }>;
  }
}

/** Many clients in this process, which do as little as they can. */
class Crowd {
  readonly #sockets: readonly WebSocket[];
  readonly #subscribes: boolean;
  latencies: number[] = [];
  received = 0;
  bytes = 0;
  #acknowledged = 0;
  #all: () => void = () => undefined;

  constructor(sockets: readonly WebSocket[], subscribes: boolean) {
    this.#sockets = sockets;
    this.#subscribes = subscribes;
    for (const socket of sockets) socket.on("message", (data: Buffer) => this.#receive(data));
  }

  async subscribe(): Promise<void> {
    if (!this.#subscribes) return;
    const all = new Promise<void>((resolve) => {
      this.#all = resolve;
    });
    this.#sockets.forEach((socket, i) => {
      const subscription = { event_type: "pose_data", filters: FILTERS[i % FILTERS.length], throttle: { max_fps: 10 } };
      socket.send(JSON.stringify({ type: "subscribe", data: { subscriptions: [subscription] } }));
    });
    await all;
  }

  /** Forgets the latencies of before; how many messages have come by now. */
  begin(): number {
    this.latencies = [];
    return this.received;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  #receive(data: Buffer): void {
    const head = data.toString("latin1", 0, 60);
    if (head.startsWith('{"type":"ack"') && ++this.#acknowledged === this.#sockets.length) this.#all();
    if (!head.startsWith('{"type":"pose_data"')) return;
    this.bytes = data.length;
    if (++this.received % SAMPLE_EVERY !== 0) return;
    const [time = ""] = /\d{4}-[^"]+/.exec(head) ?? [];
    this.latencies.push(Date.now() - Date.parse(time));
  }
}

async function connect(
  port: number,
  { sockets, subscribes }: { readonly sockets: number; readonly subscribes: boolean },
): Promise<Crowd> {
  const open: WebSocket[] = [];
  while (open.length < sockets) {
    const more = Array.from({ length: Math.min(AT_ONCE, sockets - open.length) }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/v1`, { perMessageDeflate: false });
      await once(socket, "open");
      return socket;
    });
    open.push(...(await Promise.all(more)));
  }
  return new Crowd(open, subscribes);
}

const kilobytes = (bytes: number): string => fixed(bytes / 1000, 1, "KB");
