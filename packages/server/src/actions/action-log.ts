import { reasonOf } from "@sensorium/protocol";
import { type Clock, systemClock } from "../flow/supervise.ts";
import { type Log, silentLog } from "../observe/log.ts";
import { newEventId } from "../pipeline/event-id.ts";
import type { ActionRecords, Backlog, NewAction } from "../storage/actions.ts";
import { AppendQueue } from "../storage/append-queue.ts";
import { type Connections, keyOf, type SinkAddress } from "./address.ts";
import { SinkConsumer } from "./consumer.ts";
import type { ActionsHealth } from "./health.ts";
import { type Prepared, prepare, type ReadyAction } from "./prepare.ts";
import { type Connect, connectSink } from "./sink.ts";

/** The most actions that may wait for the disk; each may hold a picture. */
const QUEUE_LIMIT = 500;
const BATCH_LIMIT = 100;

export interface ActionLogOptions {
  /** The node's own, which nobody else delivers from. */
  readonly records: ActionRecords;
  readonly log?: Log;
  readonly connect?: Connect;
  /** How long a sink may keep us waiting for an answer. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** What falls due together, of one frame of one bundle. */
export interface DueTogether {
  readonly connections: Connections;
  /** Unix milliseconds. */
  readonly dueMs: number;
}

interface Queued extends Prepared {
  readonly dueMs: number;
  readonly follows: string | null;
}

/**
 * What bundles want done, on disk before anything is sent, and the consumers that bring it to Redis, PostgreSQL,
 * webhooks and MQTT: one for each sink, so that a sink that is away holds up nobody else.
 */
export class ActionLog implements AsyncDisposable {
  readonly #options: Required<ActionLogOptions>;
  readonly #queue: AppendQueue<Queued, undefined>;
  readonly #consumers = new Map<string, SinkConsumer>();
  #lost = 0;
  #skipped = 0;
  #stopped = false;

  private constructor(options: Required<ActionLogOptions>) {
    this.#options = options;
    this.#queue = new AppendQueue({
      commit: (actions) => this.#commit(actions),
      batchLimit: BATCH_LIMIT,
      queueLimit: QUEUE_LIMIT,
      noun: "actions",
    });
  }

  /** Goes on with what was left when the program last ended, however it ended. */
  static async open(options: ActionLogOptions): Promise<ActionLog> {
    const defaults = { log: silentLog, connect: connectSink, timeoutMs: 10_000, clock: systemClock, now: Date.now };
    const actions = new ActionLog({ ...defaults, ...options });
    for (const { sink, address, ...backlog } of await options.records.waitingSinks()) {
      actions.#consume(JSON.parse(address), { ...backlog, sink });
    }
    return actions;
  }

  /**
   * Resolves once the actions will be done, whatever happens to us: they are on the disk, all or none of them. They are
   * sent in this order as far as one sink is concerned. An action without a server to go to is left out, and logged.
   * @throws SensoriumError `store-failed` when the disk cannot take them.
   */
  async record(due: readonly ReadyAction[], { connections, dueMs }: DueTogether): Promise<void> {
    const prepared = due.flatMap((action) => this.#prepare(action, { connections, dueMs }));
    if (prepared.length === 0) return;
    try {
      await this.#queue.append(prepared.map((action, i) => ({ ...action, dueMs, follows: pictureFor(prepared, i) })));
    } catch (thrown) {
      this.#lost += prepared.length;
      throw thrown;
    }
  }

  health(): ActionsHealth {
    const sinks = [...this.#consumers.values()].map((consumer) => consumer.health());
    return { queued: this.#queue.length, lost: this.#lost, skipped: this.#skipped, sinks };
  }

  /** Makes durable what was recorded, and stops delivering within a second or so. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.drain();
    this.#stopped = true;
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.stop()));
  }

  #prepare(action: ReadyAction, due: DueTogether): Prepared[] {
    const { now, log } = this.#options;
    try {
      const prepared = prepare(action, { id: newEventId(now()), ...due });
      if (!("skipped" in prepared)) return [prepared];
      log.debug({ action: action.action.type, reason: prepared.skipped }, "an action is left out");
    } catch (thrown) {
      log.warn({ action: action.action.type, reason: reasonOf(thrown) }, "an action cannot be done");
    }
    this.#skipped++;
    return [];
  }

  async #commit(prepared: readonly Queued[]): Promise<readonly undefined[]> {
    const addresses = new Map(prepared.map(({ address }) => [keyOf(address), address]));
    const actions = prepared.map(
      ({ address, delivery, ...rest }): NewAction => ({
        ...rest,
        sink: keyOf(address),
        body: JSON.stringify(delivery),
      }),
    );
    const sinks = [...addresses].map(([sink, address]) => ({ sink, address: JSON.stringify(address) }));
    const { backlogs, gaveUp } = await this.#options.records.addActions({ actions, sinks });
    for (const backlog of backlogs) {
      const address = addresses.get(backlog.sink);
      if (address) this.#consume(address, backlog);
    }
    for (const { sink, count } of gaveUp) this.#consumers.get(sink)?.gaveUp(count);
    return prepared.map(() => undefined);
  }

  /** Lets a sink's consumer know, or begins one. */
  #consume(address: SinkAddress, backlog: Backlog): void {
    const key = backlog.sink;
    const known = this.#consumers.get(key);
    known?.added(address, backlog);
    if (known || this.#stopped) return;
    const consumer = new SinkConsumer({ ...this.#options, key, address, backlog });
    this.#consumers.set(key, consumer);
    void consumer.ended.then(() => {
      this.#consumers.delete(key);
      const { leftBehind } = consumer;
      if (leftBehind) this.#consume(leftBehind.address, leftBehind.backlog);
    });
  }
}

/** The id of the picture that a message names and that goes to another sink. */
function pictureFor(all: readonly Prepared[], index: number): string | null {
  const own = all[index];
  if (own?.delivery.type !== "post" && own?.delivery.type !== "topic") return null;
  const { message } = own.delivery;
  const named = all
    .slice(0, index)
    .find(({ delivery }) => delivery.type === "picture" && message.includes(delivery.key));
  return named?.id ?? null;
}
