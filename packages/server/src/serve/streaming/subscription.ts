import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { lets } from "./events.ts";
import { type PoseView, poseView } from "./poses.ts";
import type { SensedEvent } from "./source.ts";

/** A subscription's events in an environment are held back until it is known from where they follow. */
export const NOT_YET = Number.POSITIVE_INFINITY;

/** How frames are compressed where a subscription does not say it; `never` whatever it says. */
export type Packing = wire.Compression | null | "never";

/** What a subscription is made of. */
export interface SubscriptionInit {
  readonly id: string;
  readonly request: wire.SubscriptionRequest;
  /** Those it covers. */
  readonly environments: readonly string[];
  /** The connection's own. */
  readonly compression: Packing;
}

/** One subscription of a client. */
export class Subscription implements Disposable {
  readonly id: string;
  /** By environment: the offset after which events are delivered as they come. */
  readonly from = new Map<string, number>();
  readonly #compression: Packing;
  readonly #types: readonly string[];
  #request: wire.SubscriptionRequest;
  #settings: wire.EffectiveSubscription;
  #environments: readonly string[];
  #poses: Disposable | undefined;

  constructor({ id, request, environments, compression }: SubscriptionInit) {
    this.id = id;
    this.#request = request;
    this.#environments = environments;
    this.#compression = compression;
    this.#settings = effective(request, compression);
    this.#types = wire.DELIVERS[request.event_type] ?? [request.event_type];
  }

  get request(): wire.SubscriptionRequest {
    return this.#request;
  }

  get settings(): wire.EffectiveSubscription {
    return this.#settings;
  }

  get environments(): readonly string[] {
    return this.#environments;
  }

  /** Whether it is to every environment there is, and those to come. */
  get everywhere(): boolean {
    return this.#settings.filters.environment_id === null;
  }

  /** How it shows frames; null when it is to events. */
  get view(): PoseView | null {
    const { event_type } = this.#request;
    if (event_type !== "pose_data" && event_type !== "pose_data_trajectory") return null;
    return poseView(event_type, this.#settings);
  }

  /** Whether an event is one of its own, wherever it stands. */
  wants(event: SensedEvent): boolean {
    return this.#types.includes(event.type) && lets(this.#settings.filters, event);
  }

  /** Whether an event of an environment is to be delivered as it comes. */
  awaits(environment: string, event: SensedEvent): boolean {
    const from = this.from.get(environment) ?? NOT_YET;
    return from !== NOT_YET && (event.position === null || event.position.offset > from) && this.wants(event);
  }

  /** Takes other settings; events of environments it leaves are not delivered any more. */
  change(request: wire.SubscriptionRequest, environments: readonly string[]): void {
    this.#request = request;
    this.#settings = effective(request, this.#compression);
    this.cover(environments);
  }

  /** Covers these environments from now on. */
  cover(environments: readonly string[]): void {
    this.#environments = environments;
    for (const environment of this.from.keys()) {
      if (!environments.includes(environment)) this.from.delete(environment);
    }
  }

  /** Frames come by `poses` from now on. */
  watch(poses: Disposable): void {
    this.#poses?.[Symbol.dispose]();
    this.#poses = poses;
  }

  /** As an `ack` lists it. */
  list(): wire.ActiveSubscription {
    const { id: subscription_id, settings } = this;
    return { subscription_id, event_type: this.#request.event_type, status: "active", ...settings };
  }

  [Symbol.dispose](): void {
    this.from.clear();
    this.#poses?.[Symbol.dispose]();
  }
}

function effective(request: wire.SubscriptionRequest, packing: Packing): wire.EffectiveSubscription {
  if (packing !== "never") return wire.effective(request, packing);
  const settings = wire.effective(request, null);
  return { ...settings, throttle: { ...settings.throttle, compression: null } };
}
