import { SensoriumError, type Size } from "@sensorium/protocol";
import { detectorWorker } from "@sensorium/protocol/wire";
import type { StreamState } from "../capture/stream-tap.ts";
import type { LoadedBundle } from "../mpta/run/loaded-bundle.ts";
import type { Log } from "../observe/log.ts";
import { type Bundles, identifyBundle } from "./bundles.ts";
import type { Lookouts, Place } from "./lookouts.ts";
import type { Onlooker, Sighting } from "./seats.ts";

/** What subscriptions are served by. */
export interface SubscriptionParts {
  readonly lookouts: Lookouts;
  readonly bundles: Bundles;
  readonly log: Log;
}

/** Who is told of a subscription's results and problems. */
export interface Subscriber {
  onSighting(subscription: ActiveSubscription, sighting: Sighting): void;
  onProblem(subscription: ActiveSubscription, sentence: string): void;
}

/** What can be wrong with a subscription, independently of one another. */
type Concern = "camera" | "crop" | "bundle";

/** One subscription that is being served: its place at a lookout, its bundle, and what is wrong at the moment. */
export class ActiveSubscription implements Onlooker, Disposable {
  readonly wanted: detectorWorker.Subscription;
  readonly #parts: SubscriptionParts;
  #subscriber: Subscriber | undefined;
  #place: Place | undefined;
  #bundle: LoadedBundle | null = null;
  #lease: Disposable | undefined;
  #isOnline = false;
  #isOver = false;
  readonly #problems = new Map<Concern, string>();

  constructor(wanted: detectorWorker.Subscription, subscriber: Subscriber, parts: SubscriptionParts) {
    this.wanted = wanted;
    this.#subscriber = subscriber;
    this.#parts = parts;
  }

  get subscriptionIdentifier(): string {
    return this.wanted.subscriptionIdentifier;
  }

  /** The display it is for. */
  get display(): string {
    return detectorWorker.displayOf(this.subscriptionIdentifier);
  }

  /** @throws SensoriumError "config-invalid" when the source's address cannot be used; nothing is begun then. */
  start(): void {
    this.#look();
    const { modelUrl } = this.wanted;
    if (!modelUrl) return;
    this.#lease = this.#parts.bundles.use(modelUrl, {
      onReady: (bundle) => this.#lookWith(bundle),
      onProblem: (reason) => this.#note("bundle", reason),
    });
  }

  /** Goes on for another subscriber, or for nobody; who takes over is told what is wrong. */
  serve(subscriber: Subscriber | undefined): void {
    this.#subscriber = subscriber;
    for (const sentence of this.#problems.values()) subscriber?.onProblem(this, sentence);
  }

  /** The newest picture as JPEG, whole; null when there is none. */
  async image(): Promise<Uint8Array | null> {
    return (await this.#place?.image()) ?? null;
  }

  /** As a `stateReport` has it. */
  report(): detectorWorker.CameraConnection {
    const { subscriptionIdentifier, modelId, modelName, rtspUrl, snapshotUrl, snapshotInterval } = this.wanted;
    const { cropX1, cropY1, cropX2, cropY2 } = this.wanted;
    const crop = Object.entries({ cropX1, cropY1, cropX2, cropY2 }).filter(([, edge]) => typeof edge === "number");
    return {
      subscriptionIdentifier,
      modelId: modelId ?? null,
      modelName: modelName ?? null,
      online: this.#isOnline,
      rtspUrl: rtspUrl ?? null,
      snapshotUrl: snapshotUrl ?? null,
      snapshotInterval: snapshotInterval ?? null,
      ...Object.fromEntries(crop),
    };
  }

  onState({ state, reason }: StreamState): void {
    this.#isOnline = state === "online";
    if (this.#isOnline) this.#problems.delete("camera");
    else if (state !== "connecting") this.#note("camera", `The camera is ${state}: ${reason ?? "no pictures come"}`);
  }

  onSighting(sighting: Sighting): void {
    this.#subscriber?.onSighting(this, sighting);
  }

  onOutside(picture: Size | null): void {
    if (!picture) this.#problems.delete("crop");
    else this.#note("crop", `The crop lies outside of the picture, which is ${picture.width}×${picture.height}`);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#subscriber = undefined;
    this.#place?.[Symbol.dispose]();
    this.#lease?.[Symbol.dispose]();
  }

  #lookWith(bundle: LoadedBundle): void {
    if (this.#isOver) return;
    this.#problems.delete("bundle");
    this.#bundle = bundle;
    this.#look();
  }

  /** Takes the new place before it leaves the old one, so that the camera stays open. */
  #look(): void {
    const source = detectorWorker.sourceOf(this.wanted);
    if (!source) throw new SensoriumError("config-invalid", "a subscription without a source");
    const before = this.#place;
    const crop = detectorWorker.cropOf(this.wanted);
    this.#place = this.#parts.lookouts.join({ source, crop, bundle: this.#bundle }, this);
    before?.[Symbol.dispose]();
  }

  #note(concern: Concern, sentence: string): void {
    if (this.#problems.get(concern) === sentence) return;
    this.#problems.set(concern, sentence);
    this.#parts.log.warn(
      { subscription: this.subscriptionIdentifier, reason: sentence },
      "a subscription has a problem",
    );
    this.#subscriber?.onProblem(this, sentence);
  }
}

const COMPARED = [
  ...(["rtspUrl", "snapshotUrl", "snapshotInterval", "modelId", "modelName"] as const),
  ...(["cropX1", "cropY1", "cropX2", "cropY2"] as const),
];

/** Whether a subscription has to begin anew to become the other; a bundle's address counts without its query. */
export function hasChanged(before: detectorWorker.Subscription, after: detectorWorker.Subscription): boolean {
  const bundle = ({ modelUrl }: detectorWorker.Subscription): string => (modelUrl ? identifyBundle(modelUrl) : "");
  if (bundle(before) !== bundle(after)) return true;
  return COMPARED.some((field) => (before[field] ?? null) !== (after[field] ?? null));
}
