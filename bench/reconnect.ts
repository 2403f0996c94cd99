import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { fixed, quantile, type Rows } from "./table.ts";

/** What the bench says to the server process, and hears of it. */
export interface ToReconnectServer {
  readonly record: number;
}
export type FromReconnectServer =
  | { readonly kind: "ready"; readonly port: number; readonly token: string }
  | { readonly kind: "recorded"; readonly offset: number };

export interface ReconnectOptions {
  readonly clients: number;
  /** Events that happen while everybody is away. */
  readonly missed: number;
  readonly home: string;
}

interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** A server is killed under many clients; once it is back they all come at once and ask for what they missed. */
export async function reconnect({ clients, missed, home }: ReconnectOptions): Promise<Rows> {
  const folder = join(home, "reconnect");
  const first = await start(folder);
  const crowd = Array.from({ length: clients }, () => new Client());
  await inTurns(crowd, (client) => client.come(first));
  await record(first.process, 10);
  await Promise.all(crowd.map((client) => client.until(10)));
  first.process.kill("SIGKILL");
  await once(first.process, "exit");

  const second = await start(folder, first.port);
  const last = await record(second.process, missed);
  const began = performance.now();
  const times = await Promise.all(
    crowd.map(async (client) => {
      await client.come(second);
      await client.until(last);
      return performance.now() - began;
    }),
  );
  second.process.kill("SIGKILL");
  const wrong = crowd.filter((client) => !client.hasEachOnce(last)).length;
  return [
    ["everybody has recovered after", fixed(Math.max(...times) / 1000, 2, "s"), "limit 5"],
    [
      "a client has after p50",
      fixed(quantile(times, 0.5) / 1000, 2, "s"),
      `${clients} clients at once, ${missed} events missed`,
    ],
    ["clients that miss an event or have one twice", String(wrong), `of ${last} events before and after a SIGKILL`],
  ];
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly token: string;
}

async function start(folder: string, port = 0): Promise<Server> {
  const process = fork(new URL("./reconnect-server.ts", import.meta.url), [folder, String(port)]);
  const [message] = (await once(process, "message")) as [FromReconnectServer];
  if (message.kind !== "ready") throw new Error(`the server said ${message.kind} before it was ready`);
  return { process, port: message.port, token: message.token };
}

/** The offset of the newest of that many more events. */
async function record(server: ChildProcess, count: number): Promise<number> {
  const answer = once(server, "message");
  server.send({ record: count } satisfies ToReconnectServer);
  const [message] = (await answer) as [FromReconnectServer];
  if (message.kind !== "recorded") throw new Error(`the server said ${message.kind} instead of recording`);
  return message.offset;
}

async function inTurns(crowd: readonly Client[], step: (client: Client) => Promise<void>): Promise<void> {
  for (let i = 0; i < crowd.length; i += 50) await Promise.all(crowd.slice(i, i + 50).map(step));
}

/** Follows occupancy, and remembers what it has had. */
class Client {
  readonly #offsets: number[] = [];
  #last: Position | undefined;
  #awaited = Number.POSITIVE_INFINITY;
  #reached: () => void = () => undefined;

  /** Resolves when the subscription stands; everything after the last position comes then. */
  async come({ port, token }: Server): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/v1`, { perMessageDeflate: false, headers });
    await once(socket, "open");
    const recover = this.#last && { recover: this.#last };
    const subscriptions = [{ event_type: "occupancy_update", filters: { environment_id: "care" } }];
    const acknowledged = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => this.#receive(data, resolve));
    });
    socket.send(JSON.stringify({ type: "subscribe", data: { subscriptions, ...recover } }));
    await acknowledged;
  }

  /** Resolves when the event at this offset has come. */
  async until(offset: number): Promise<void> {
    if ((this.#offsets.at(-1) ?? 0) >= offset) return;
    this.#awaited = offset;
    await new Promise<void>((resolve) => {
      this.#reached = resolve;
    });
  }

  hasEachOnce(last: number): boolean {
    return this.#offsets.length === last && this.#offsets.every((offset, i) => offset === i + 1);
  }

  #receive(data: Buffer, acknowledged: () => void): void {
    const text = data.toString();
    if (text.startsWith('{"type":"ack"')) acknowledged();
    if (!text.startsWith('{"type":"occupancy_update"')) return;
    const { epoch, offset } = (JSON.parse(text) as { metadata: { stream: Position } }).metadata.stream;
    this.#last = { epoch, offset };
    this.#offsets.push(offset);
    if (offset >= this.#awaited) this.#reached();
  }
}
