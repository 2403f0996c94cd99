import type { StreamPosition } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outbox } from "../outbox.ts";
import { Ceilings } from "./ceilings.ts";
import type { SharedEvent } from "./events.ts";
import type { Hub } from "./hub.ts";
import type { EventsPage, SensingSource } from "./source.ts";
import { NOT_YET, type Subscription } from "./subscription.ts";

/** What the events of one client are made of. */
export interface EventStreamsOptions {
  readonly source: SensingSource;
  readonly clock: ServeClock;
  readonly outbox: Outbox;
  hubOf(environment: string): Hub;
  /** All subscriptions of the client. */
  subscriptions(): Iterable<Subscription>;
  /** What feeds an environment was lost. */
  lost(environment: string): void;
  overflow(): void;
}

/** A subscription's events in one of its environments. */
export interface Join {
  readonly subscription: Subscription;
  readonly environment: string;
}

/** From where the events of a `subscribe` follow. */
export interface Joined {
  readonly streams: wire.StreamPosition[];
  /** Undefined where it was not asked for. */
  readonly recovered: boolean | undefined;
  /** Sends everything since, and then lets new events through; rejects when that cannot be done. */
  replay(): Promise<void>;
}

interface Tap extends Disposable {
  /** The newest offset the hub has delivered. */
  ahead: number;
}

/** The events of one client: each once, in the order of its environment, none left out. */
export class EventStreams implements Disposable {
  readonly #options: EventStreamsOptions;
  readonly #ceilings: Ceilings;
  readonly #taps = new Map<string, Tap>();
  #ended = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    const { clock, outbox, overflow } = options;
    this.#ceilings = new Ceilings({ clock, send: (message) => outbox.send(message), overflow });
  }

  /** Begins to listen for subscriptions; what comes before their place is known is not lost. */
  async join(joins: readonly Join[], recover?: wire.Recover): Promise<Joined> {
    const environments = this.#listen(joins);
    const found = recover && (await this.#find(environments, recover));
    if (found) return this.#resume(joins, found);
    const now = await this.#options.source.position();
    for (const environment of environments) begin(joins, environment, now.offset);
    const streams = environments.map((environment_id) => ({ environment_id, ...now }));
    return { streams, recovered: recover && false, replay: () => Promise.resolve() };
  }

  /** Sends everything of environments after a position, and then lets new events through; rejects as a replay does. */
  async follow(joins: readonly Join[], after: StreamPosition): Promise<void> {
    const environments = this.#listen(joins);
    const found = await Promise.all(environments.map((environment) => this.#read(environment, after)));
    const known = found.filter((each) => each !== undefined);
    if (known.length < found.length) throw new Error("the log was cut while it was looked at");
    await this.#resume(joins, known).replay();
  }

  /** Those environments of a list in which something happened after their positions. */
  async unheard(positions: readonly wire.StreamPosition[]): Promise<string[]> {
    const pages = await Promise.all(
      positions.map(({ environment_id = "", epoch, offset }) => this.#read(environment_id, { epoch, offset })),
    );
    return pages.flatMap((found) => (found && found.page.events.length > 0 ? [found.environment] : []));
  }

  /**
   * Up to where the client was sent everything that it wants, by environment; those that it is catching up with are
   * left out.
   */
  positions(): wire.StreamPosition[] {
    const subscriptions = [...this.#options.subscriptions()];
    return [...this.#taps.keys()].flatMap((environment_id) => {
      const delivered = this.#options.hubOf(environment_id).delivered;
      const wantedFrom = Math.min(...subscriptions.map(({ from }) => from.get(environment_id) ?? NOT_YET));
      const isBehind = subscriptions.some(({ from }) => from.get(environment_id) === NOT_YET);
      if (!delivered || isBehind || wantedFrom === NOT_YET) return [];
      const reached = Math.max(delivered.offset, wantedFrom);
      const waiting = this.#ceilings.firstWaiting(environment_id) ?? Number.POSITIVE_INFINITY;
      return [{ environment_id, epoch: delivered.epoch, offset: Math.min(reached, waiting - 1) }];
    });
  }

  /** Stops listening where no subscription does any more, and forgets what waits of there. */
  prune(): void {
    const used = new Set([...this.#options.subscriptions()].flatMap(({ from }) => [...from.keys()]));
    for (const [environment, tap] of this.#taps) {
      if (used.has(environment)) continue;
      tap[Symbol.dispose]();
      this.#taps.delete(environment);
      this.#ceilings.forget(environment);
    }
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    for (const tap of this.#taps.values()) tap[Symbol.dispose]();
    this.#taps.clear();
    this.#ceilings[Symbol.dispose]();
  }

  /** Holds events of these back from now on, and returns which environments they are of. */
  #listen(joins: readonly Join[]): string[] {
    for (const { subscription, environment } of joins) {
      subscription.from.set(environment, NOT_YET);
      this.#tap(environment);
    }
    return [...new Set(joins.map(({ environment }) => environment))];
  }

  #tap(environment: string): Tap {
    const known = this.#taps.get(environment);
    if (known) return known;
    const listening = this.#options.hubOf(environment).onEvent((shared) => {
      if (!shared) this.#options.lost(environment);
      else this.#deliver(tap, { shared, environment });
    });
    const tap: Tap = { ahead: 0, [Symbol.dispose]: () => listening[Symbol.dispose]() };
    this.#taps.set(environment, tap);
    return tap;
  }

  #deliver(tap: Tap, { shared, environment }: { readonly shared: SharedEvent; readonly environment: string }): void {
    const { event } = shared;
    tap.ahead = event.position?.offset ?? tap.ahead;
    for (const subscription of this.#options.subscriptions()) {
      if (!subscription.awaits(environment, event)) continue;
      const message = shared.shown(subscription.settings.throttle.compression);
      this.#ceilings.send(message, { type: event.type, environment, offset: event.position?.offset ?? null });
      return;
    }
  }

  /** The first page after each environment's position; undefined when one of them is not there to be read. */
  async #find(environments: readonly string[], recover: wire.Recover): Promise<Found[] | undefined> {
    const given = [recover].flat();
    // A list names what the client has followed; an environment that is not in it came after all that it knows.
    const newest = Array.isArray(recover) ? await this.#newest(recover) : undefined;
    const found = await Promise.all(
      environments.map((environment) => {
        const own = given.find(({ environment_id = environments.length === 1 ? environment : undefined }) => {
          return environment_id === environment;
        });
        const after = own ?? newest;
        return after && this.#read(environment, { epoch: after.epoch, offset: after.offset });
      }),
    );
    const known = found.filter((each) => each !== undefined);
    return known.length === environments.length ? known : undefined;
  }

  /** The newest of several positions; undefined when none is of this log. */
  async #newest(positions: readonly StreamPosition[]): Promise<StreamPosition | undefined> {
    const { epoch } = await this.#options.source.position();
    const own = positions.filter((position) => position.epoch === epoch);
    return own.length === 0 ? undefined : { epoch, offset: Math.max(...own.map(({ offset }) => offset)) };
  }

  /** What follows a position; undefined when that is not there to be read. */
  async #read(environment: string, after: StreamPosition): Promise<Found | undefined> {
    const page = await this.#options.source.read({ environment, after });
    return page.kind === "events" ? { environment, after, page } : undefined;
  }

  #resume(joins: readonly Join[], found: readonly Found[]): Joined {
    return {
      streams: found.map(({ environment, after }) => ({ environment_id: environment, ...after })),
      recovered: true,
      replay: async () => {
        for (const each of found) await this.#replay(joins, each);
      },
    };
  }

  async #replay(joins: readonly Join[], { environment, after, page: first }: Found): Promise<void> {
    const { outbox, source } = this.#options;
    if (this.#ended || !joins.some((join) => isOpen(join, environment))) return;
    const tap = this.#tap(environment);
    let page = first;
    for (;;) {
      this.#send(page, { environment, joins });
      // Reading waits for the client, so that a long record never fills the memory.
      await outbox.drained();
      if (this.#ended || !joins.some((join) => isOpen(join, environment))) return;
      if (page.atEnd && page.upTo >= tap.ahead) break;
      const next = await source.read({ environment, after: { epoch: after.epoch, offset: page.upTo } });
      if (next.kind !== "events") throw new Error("the log was cut while it was replayed");
      page = next;
    }
    begin(joins, environment, page.upTo);
  }

  #send(
    { events }: EventsPage,
    { environment, joins }: { readonly environment: string; joins: readonly Join[] },
  ): void {
    const { outbox } = this.#options;
    const hub = this.#options.hubOf(environment);
    const others = [...this.#options.subscriptions()];
    for (const event of events) {
      const wanting = joins.find((join) => isOpen(join, environment) && join.subscription.wants(event));
      // What another subscription awaits comes, or came, by that one.
      if (!wanting || others.some((other) => other.awaits(environment, event))) continue;
      const shared = hub.shared(event);
      outbox.send(shared.shown(wanting.subscription.settings.throttle.compression));
    }
  }
}

interface Found {
  readonly environment: string;
  readonly after: StreamPosition;
  readonly page: EventsPage;
}

/** Whether a subscription still covers this environment: it may have ended, or lost it, since it joined. */
const isOpen = ({ subscription, environment }: Join, asked: string): boolean =>
  environment === asked && subscription.from.has(environment);

/** Lets events after `offset` through, for those subscriptions that were not ended meanwhile. */
function begin(joins: readonly Join[], environment: string, offset: number): void {
  for (const join of joins) if (isOpen(join, environment)) join.subscription.from.set(environment, offset);
}
