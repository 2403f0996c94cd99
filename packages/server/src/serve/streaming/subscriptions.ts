import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outbox } from "../outbox.ts";
import { EventStreams, type Join } from "./event-streams.ts";
import type { Hub } from "./hub.ts";
import type { NewEnvironments, SensingSource } from "./source.ts";
import { type Packing, Subscription } from "./subscription.ts";

/** What the subscriptions of one client are made of. */
export interface SubscriptionsOptions {
  readonly source: SensingSource;
  readonly clock: ServeClock;
  readonly outbox: Outbox;
  /** The connection's own. */
  readonly compression: Packing;
  hubOf(environment: string): Hub;
  /** Whether the client may see an environment, be there one or not. */
  sees(environment: string): boolean;
  /** Tells where the client stands: as `positions` says, and in these environments. */
  stand(streams: readonly wire.StreamPosition[]): void;
  ack(ack: Omit<wire.Ack, "active_subscriptions">): void;
  fail(error: wire.ErrorData): void;
  /** What feeds an environment was lost. */
  lost(environment: string): void;
  /** Events can be sent no more without leaving some out. */
  broken(close: wire.CloseCode): void;
}

type Problem = wire.SubscriptionProblem;

const UNKNOWN_ENVIRONMENT: Problem = { field: "environment_id", reason: "No environment has this id" };
const UNKNOWN_SUBSCRIPTION: Problem = { field: "subscription_id", reason: "No subscription has this id" };
const TOO_MANY: Problem = {
  field: "subscription",
  reason: `A connection has at most ${wire.MAX_SUBSCRIPTIONS} subscriptions`,
};

/** The subscriptions of one client. */
export class Subscriptions implements Disposable {
  readonly #options: SubscriptionsOptions;
  readonly #active = new Map<string, Subscription>();
  readonly #events: EventStreams;
  #made = 0;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    const { source, clock, outbox } = options;
    this.#events = new EventStreams({
      ...{ source, clock, outbox },
      hubOf: (environment) => options.hubOf(environment),
      subscriptions: () => this.#active.values(),
      lost: (environment) => options.lost(environment),
      overflow: () => options.broken(wire.CLOSE.slowConsumer),
    });
  }

  get size(): number {
    return this.#active.size;
  }

  /** As an `ack` lists them. */
  list(): wire.ActiveSubscription[] {
    return Array.from(this.#active.values(), (subscription) => subscription.list());
  }

  /** Up to where the client was sent all events that it wants, by environment. */
  positions(): wire.StreamPosition[] {
    return this.#events.positions();
  }

  async subscribe({ subscriptions, recover }: wire.SubscribeMessage["data"]): Promise<void> {
    const gone = await this.#gone(recover);
    const added = subscriptions.flatMap((item, index) => {
      const made = this.#make(item, gone);
      if (made instanceof Subscription) return [made];
      this.#fail({ subscription_id: null, index, ...made });
      return [];
    });
    const joins = added.filter(({ view }) => !view).flatMap((subscription) => joinsOf(subscription));
    const { streams, recovered, replay } = await this.#events.join(joins, recover);
    this.#options.ack({
      message_type: "subscribe",
      status: statusOf(added.length, subscriptions.length),
      ...(recovered !== undefined && { recovered }),
      ...(joins.length > 0 && { streams }),
    });
    for (const subscription of added) this.#watch(subscription);
    // Not waited for: it may take long, and the client is to be heard meanwhile.
    replay().catch(() => this.#options.broken(wire.CLOSE.failed));
  }

  unsubscribe({ subscription_ids }: wire.UnsubscribeMessage["data"]): void {
    let ended = 0;
    for (const id of subscription_ids) {
      const subscription = this.#active.get(id);
      if (subscription) ended++;
      else this.#fail({ subscription_id: id, ...UNKNOWN_SUBSCRIPTION });
      this.#end(subscription);
    }
    this.#events.prune();
    this.#options.ack({ message_type: "unsubscribe", status: statusOf(ended, subscription_ids.length) });
  }

  async update(data: wire.UpdateSubscriptionMessage["data"]): Promise<void> {
    const problem = await this.#update(data);
    if (problem) this.#fail({ subscription_id: data.subscription_id, ...problem });
    else this.#options.ack({ message_type: "update_subscription", status: "success" });
  }

  /** Ends what the client may not see any more, and takes up what it may see now. */
  async adjust(): Promise<void> {
    for (const subscription of this.#active.values()) {
      const kept = subscription.environments.filter((environment) => this.#options.sees(environment));
      if (kept.length === subscription.environments.length) continue;
      subscription.cover(kept);
      if (kept.length === 0) this.#end(subscription);
      else this.#watch(subscription);
    }
    this.#events.prune();
    const { source } = this.#options;
    this.takeUp({ environments: source.environments(), after: await source.position() });
  }

  /**
   * Lets subscriptions to everything cover environments that they do not cover yet. The client is told from where their
   * events follow before it is sent what happens later elsewhere: so, when it comes back, one that it does not know of
   * came after everything it knows.
   */
  takeUp({ environments, after }: NewEnvironments): void {
    const seen = environments.filter((environment) => this.#options.sees(environment));
    const joins = seen.flatMap((environment) => this.#extend(environment));
    if (joins.length === 0) return;
    const streams = new Set(joins.map(({ environment }) => environment));
    this.#options.stand(Array.from(streams, (environment_id) => ({ environment_id, ...after })));
    this.#events.follow(joins, after).catch(() => this.#options.broken(wire.CLOSE.failed));
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#active.values()) this.#end(subscription);
    this.#events[Symbol.dispose]();
  }

  /** Covers also those environments that are `gone`, when it is to everything. */
  #make(item: unknown, gone: readonly string[]): Subscription | Problem {
    const request = wire.parseSubscription(item);
    if ("reason" in request) return request;
    const environments = this.#covered(request, gone);
    if (!environments) return UNKNOWN_ENVIRONMENT;
    if (this.size >= wire.MAX_SUBSCRIPTIONS) return TOO_MANY;
    const { compression } = this.#options;
    const subscription = new Subscription({ id: `sub_${++this.#made}`, request, environments, compression });
    this.#active.set(subscription.id, subscription);
    return subscription;
  }

  async #update(data: wire.UpdateSubscriptionMessage["data"]): Promise<Problem | undefined> {
    const subscription = this.#active.get(data.subscription_id);
    if (!subscription) return UNKNOWN_SUBSCRIPTION;
    const change = wire.parseChange(data);
    if ("reason" in change) return change;
    const request = wire.changed(subscription.request, change);
    const environments = this.#covered(request);
    if (!environments) return UNKNOWN_ENVIRONMENT;
    subscription.change(request, environments);
    if (!subscription.view) {
      await this.#events.join(joinsOf(subscription).filter(({ environment }) => !subscription.from.has(environment)));
    }
    this.#events.prune();
    this.#watch(subscription);
    return undefined;
  }

  /** The environments the client may see now. */
  #visible(): string[] {
    return this.#options.source.environments().filter((environment) => this.#options.sees(environment));
  }

  /** Undefined when there is none that is asked for; to everything one may be before there is anything. */
  #covered({ filters }: wire.SubscriptionRequest, gone: readonly string[] = []): readonly string[] | undefined {
    const visible = this.#visible();
    const wanted = filters?.environment_id ?? null;
    if (wanted === null) return [...new Set([...visible, ...gone])];
    return visible.includes(wanted) ? [wanted] : undefined;
  }

  /** Environments there are no more, and of which a client that comes back has not had all. */
  async #gone(recover: wire.Recover | undefined): Promise<readonly string[]> {
    if (!Array.isArray(recover)) return [];
    const there = this.#options.source.environments();
    const absent = recover.filter(({ environment_id: id }) => {
      return id !== undefined && !there.includes(id) && this.#options.sees(id);
    });
    return absent.length === 0 ? [] : this.#events.unheard(absent);
  }

  #extend(environment: string): Join[] {
    return [...this.#active.values()].flatMap((subscription) => {
      if (!subscription.everywhere || subscription.environments.includes(environment)) return [];
      subscription.cover([...subscription.environments, environment]);
      this.#watch(subscription);
      return subscription.view ? [] : [{ subscription, environment }];
    });
  }

  /** Sends frames to the client as a subscription wants them; the new way begins before an older one ends. */
  #watch(subscription: Subscription): void {
    const { view, settings, environments, id } = subscription;
    // It may have ended while its place among the events was looked for.
    if (!view || !this.#active.has(id)) return;
    const { outbox, hubOf, lost } = this.#options;
    const { max_fps, buffer_size } = settings.throttle;
    const stack = new DisposableStack();
    for (const environment of environments) {
      const viewer = { id, outbox, maxFps: max_fps, keep: buffer_size, lost: () => lost(environment) };
      stack.use(hubOf(environment).show(viewer, view));
    }
    subscription.watch(stack);
  }

  #end(subscription: Subscription | undefined): void {
    if (!subscription) return;
    this.#active.delete(subscription.id);
    subscription[Symbol.dispose]();
  }

  #fail(details: Extract<wire.ErrorData, { error_code: "SUBSCRIPTION_ERROR" }>["details"]): void {
    this.#options.fail({ error_code: "SUBSCRIPTION_ERROR", message: "Invalid subscription filter", details });
  }
}

const joinsOf = (subscription: Subscription): Join[] =>
  subscription.environments.map((environment) => ({ subscription, environment }));

const statusOf = (succeeded: number, asked: number): wire.Ack["status"] => {
  if (succeeded === asked) return "success";
  return succeeded === 0 ? "error" : "partial";
};
