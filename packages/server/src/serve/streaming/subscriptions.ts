import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outbox } from "../outbox.ts";
import { EventStreams, type Join } from "./event-streams.ts";
import type { Hub } from "./hub.ts";
import { Pace } from "./pace.ts";
import type { SensingSource } from "./source.ts";
import { type Packing, Subscription } from "./subscription.ts";

/** What the subscriptions of one client are made of. */
export interface SubscriptionsOptions {
  readonly source: SensingSource;
  readonly clock: ServeClock;
  readonly outbox: Outbox;
  /** The connection's own. */
  readonly compression: Packing;
  hubOf(environment: string): Hub;
  /** The environments the client may see now. */
  visible(): readonly string[];
  ack(ack: Omit<wire.Ack, "active_subscriptions">): void;
  fail(error: wire.ErrorData): void;
  /** What feeds an environment was lost. */
  lost(environment: string): void;
  /** Events can be sent no more without leaving some out. */
  broken(close: wire.CloseCode): void;
}

/** The frames of one camera on their way to one subscription. */
interface Lane {
  readonly camera: string;
  /** In the outbox. */
  readonly key: string;
  readonly pace: Pace;
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

  async subscribe({ subscriptions, recover }: wire.SubscribeMessage["data"]): Promise<void> {
    const added = subscriptions.flatMap((item, index) => {
      const made = this.#make(item);
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

  /** Ends what the client may not see any more. */
  restrict(): void {
    const visible = this.#options.visible();
    for (const subscription of this.#active.values()) {
      const kept = subscription.environments.filter((environment) => visible.includes(environment));
      if (kept.length === subscription.environments.length) continue;
      subscription.cover(kept);
      if (kept.length === 0) this.#end(subscription);
      else this.#watch(subscription);
    }
    this.#events.prune();
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#active.values()) this.#end(subscription);
    this.#events[Symbol.dispose]();
  }

  #make(item: unknown): Subscription | Problem {
    const request = wire.parseSubscription(item);
    if ("reason" in request) return request;
    const environments = this.#covered(request);
    if (environments.length === 0) return UNKNOWN_ENVIRONMENT;
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
    if (environments.length === 0) return UNKNOWN_ENVIRONMENT;
    subscription.change(request, environments);
    if (!subscription.view) {
      await this.#events.join(joinsOf(subscription).filter(({ environment }) => !subscription.from.has(environment)));
    }
    this.#events.prune();
    this.#watch(subscription);
    return undefined;
  }

  #covered({ filters }: wire.SubscriptionRequest): readonly string[] {
    const visible = this.#options.visible();
    const wanted = filters?.environment_id ?? null;
    return wanted === null ? visible : visible.filter((environment) => environment === wanted);
  }

  /** Sends frames to the client as a subscription wants them; the new way begins before an older one ends. */
  #watch(subscription: Subscription): void {
    const { view, settings, environments, id } = subscription;
    // It may have ended while its place among the events was looked for.
    if (!view || !this.#active.has(id)) return;
    const { outbox, hubOf, lost } = this.#options;
    const { max_fps, buffer_size } = settings.throttle;
    const lanes = new Map<string, Lane>();
    const laneOf = (camera: string): Lane => {
      const lane = lanes.get(camera) ?? { camera, key: `${id}:${camera}`, pace: new Pace(max_fps) };
      lanes.set(camera, lane);
      return lane;
    };
    let recent: Lane | undefined;
    const stack = new DisposableStack();
    for (const environment of environments) {
      const listening = hubOf(environment).onFrame((shared) => {
        if (!shared) {
          lost(environment);
          return;
        }
        const camera = shared.frame.source.id;
        // Mostly there is one camera, and then nothing has to be looked up for every frame and client.
        const lane = recent?.camera === camera ? recent : laneOf(camera);
        recent = lane;
        if (!lane.pace.admits(shared.atMs)) return;
        const messages = shared.shown(view);
        for (const message of messages) outbox.offer(lane.key, message, buffer_size * messages.length);
      });
      stack.use(listening);
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
