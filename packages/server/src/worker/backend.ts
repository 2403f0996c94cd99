import type { detectorWorker } from "@sensorium/protocol/wire";
import { Patches } from "./patches.ts";
import type { Sighting } from "./seats.ts";
import { type ActiveSubscription, hasChanged, type Subscriber } from "./subscription.ts";

/** Sends a message to a backend. */
export type Tell = (message: detectorWorker.WorkerMessage) => void;

type SessionId = detectorWorker.SessionId;
type Subscription = detectorWorker.Subscription;

/** What a backend takes of the worker that it is connected to. */
export interface BackendLinks {
  readonly maxStreams: number;
  /** A subscription that runs, or the sentence that says why it cannot. */
  open(wanted: Subscription): ActiveSubscription | string;
  /** A bundle that is in use has another address by now. */
  renew(modelUrl: string): void;
  /** What a backend that is gone has left of this name, and the session of its display. */
  adopt(identifier: string): Left | undefined;
  /** Ends whatever backends that are gone have left. */
  dropOrphans(): void;
  /** The identifiers of all other backends' subscriptions. */
  others(): ReadonlySet<string>;
  onEnd(): void;
}

/** A subscription that goes from one backend to another. */
export interface Left {
  readonly subscription: ActiveSubscription;
  readonly session: SessionId | undefined;
}

/** One connected backend: what it has subscribed to, and the sessions of its displays. */
export class Backend implements Subscriber {
  readonly #tell: Tell;
  readonly #links: BackendLinks;
  readonly #subscriptions = new Map<string, ActiveSubscription>();
  /** By display. */
  readonly #sessions = new Map<string, SessionId>();
  /** What the backend has been asked to merge. */
  readonly #patches = new Patches();

  constructor(tell: Tell, links: BackendLinks) {
    this.#tell = tell;
    this.#links = links;
  }

  /** Does what a message asks for; what cannot be done is answered with an error. */
  receive(message: Exclude<detectorWorker.BackendMessage, { type: "requestState" | "patchSessionResult" }>): void {
    switch (message.type) {
      case "subscribe":
        this.#want(message.payload);
        break;
      case "unsubscribe":
        this.#drop(message.payload.subscriptionIdentifier);
        break;
      case "setSubscriptionList":
        this.#reconcile(message.subscriptions);
        break;
      case "setSessionId":
        this.#setSession(message.payload.displayIdentifier, message.payload.sessionId);
        break;
    }
  }

  /** Its subscriptions, as a `stateReport` has them. */
  connections(): detectorWorker.CameraConnection[] {
    return [...this.#subscriptions.values()].map((subscription) => subscription.report());
  }

  identifiers(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  find(identifier: string): ActiveSubscription | undefined {
    return this.#subscriptions.get(identifier);
  }

  onSighting(subscription: ActiveSubscription, { capturedMs, attributes, session }: Sighting): void {
    const { subscriptionIdentifier, modelId = null, modelName = null } = subscription.wanted;
    const given = this.#sessions.get(subscription.display);
    const sessionId = given ?? session;
    this.#tell({
      type: "imageDetection",
      subscriptionIdentifier,
      timestamp: new Date(capturedMs).toISOString(),
      data: { detection: attributes, modelId, modelName },
      ...(sessionId !== null && { sessionId }),
    });
    const data = given === undefined ? undefined : this.#patches.next(subscriptionIdentifier, attributes);
    if (given !== undefined && data) this.#tell({ type: "patchSession", sessionId: given, data });
  }

  onProblem({ subscriptionIdentifier }: ActiveSubscription, error: string): void {
    this.#refuse(subscriptionIdentifier, error);
  }

  /** The connection is over; its subscriptions go on for a while. */
  end(): void {
    for (const subscription of this.#subscriptions.values()) subscription.serve(undefined);
    this.#links.onEnd();
  }

  /** Gives a subscription up to the backend that has taken the place of this one. */
  give(identifier: string): Left | undefined {
    const subscription = this.#subscriptions.get(identifier);
    if (!subscription) return undefined;
    this.#subscriptions.delete(identifier);
    return { subscription, session: this.#sessions.get(subscription.display) };
  }

  /** Ends all its subscriptions. */
  release(): void {
    for (const identifier of this.identifiers()) this.#drop(identifier);
  }

  /** First what is to end, so that there is room for what is new. */
  #reconcile(wanted: readonly Subscription[]): void {
    const named = new Set(wanted.map(({ subscriptionIdentifier }) => subscriptionIdentifier));
    for (const identifier of this.identifiers()) if (!named.has(identifier)) this.#drop(identifier);
    for (const identifier of named) this.#adopt(identifier);
    this.#links.dropOrphans();
    for (const subscription of wanted) this.#want(subscription);
  }

  #want(wanted: Subscription): void {
    const { subscriptionIdentifier: identifier } = wanted;
    this.#adopt(identifier);
    const before = this.#subscriptions.get(identifier);
    if (before && !hasChanged(before.wanted, wanted)) {
      if (wanted.modelUrl) this.#links.renew(wanted.modelUrl);
      return;
    }
    if (!before && this.#isFull(identifier)) {
      const why = `there are ${this.#links.maxStreams} subscriptions, and this worker takes no more (max_streams)`;
      this.#refuse(identifier, `The subscription cannot be used: ${why}`);
      return;
    }
    const opened = this.#links.open(wanted);
    this.#drop(identifier);
    if (typeof opened === "string") this.#refuse(identifier, opened);
    else this.#subscriptions.set(identifier, opened);
  }

  #adopt(identifier: string): void {
    if (this.#subscriptions.has(identifier)) return;
    const left = this.#links.adopt(identifier);
    if (!left) return;
    const { subscription, session } = left;
    this.#subscriptions.set(identifier, subscription);
    const { display } = subscription;
    if (session !== undefined && !this.#sessions.has(display)) this.#sessions.set(display, session);
    subscription.serve(this);
  }

  #drop(identifier: string): void {
    this.#subscriptions.get(identifier)?.[Symbol.dispose]();
    this.#subscriptions.delete(identifier);
  }

  #isFull(identifier: string): boolean {
    const all = new Set([...this.#links.others(), ...this.#subscriptions.keys()]);
    return !all.has(identifier) && all.size >= this.#links.maxStreams;
  }

  #setSession(display: string, sessionId: SessionId | null): void {
    this.#patches.forget(display);
    if (sessionId === null) this.#sessions.delete(display);
    else this.#sessions.set(display, sessionId);
  }

  #refuse(subscriptionIdentifier: string, error: string): void {
    this.#tell({ type: "error", subscriptionIdentifier, error });
  }
}
