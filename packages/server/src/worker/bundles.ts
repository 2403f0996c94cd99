import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { Backoff, Clock } from "../flow/supervise.ts";
import { delayAfter } from "../flow/supervise.ts";
import type { LoadedBundle } from "../mpta/run/loaded-bundle.ts";
import type { Log } from "../observe/log.ts";
import { redactUrl } from "../sources/address.ts";

/** Fetches, checks and loads the bundle at an address. Fails with a `SensoriumError` whose sentence is for people. */
export type OpenBundle = (modelUrl: string, signal: AbortSignal) => Promise<LoadedBundle>;

/** Who waits for a bundle; told at once when it is there already. */
export interface BundleUse {
  onReady(bundle: LoadedBundle): void;
  /** It cannot be had for now, and why; said again only when the reason is another one. */
  onProblem(reason: string): void;
}

/** What bundles are opened with. */
export interface BundlesOptions {
  readonly open: OpenBundle;
  readonly clock: Clock;
  readonly log: Log;
}

const backoff: Backoff = { firstMs: 1_000, capMs: 60_000, healthyMs: 0 };

/**
 * The bundles that somebody wants: each is fetched and loaded once, tried again while it cannot be had, and given back
 * when nobody wants it any more.
 */
export class Bundles implements AsyncDisposable {
  readonly #options: BundlesOptions;
  readonly #wanted = new Map<string, WantedBundle>();

  constructor(options: BundlesOptions) {
    this.#options = options;
  }

  /** How many are loaded, or are being loaded. */
  get size(): number {
    return this.#wanted.size;
  }

  /** Wants the bundle until the returned is disposed. */
  use(modelUrl: string, use: BundleUse): Disposable {
    const key = identifyBundle(modelUrl);
    const known = this.#wanted.get(key);
    const wanted = known ?? new WantedBundle({ ...this.#options, onUnused: () => this.#wanted.delete(key) });
    this.#wanted.set(key, wanted);
    return wanted.use(modelUrl, use);
  }

  /** The same bundle has another address by now, and is to be fetched from there if it has to be fetched again. */
  renew(modelUrl: string): void {
    this.#wanted.get(identifyBundle(modelUrl))?.renew(modelUrl);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#wanted.values()].map((wanted) => wanted.close()));
  }
}

/** What stays the same when only the query of an address, a signature or a token, is another. */
export function identifyBundle(modelUrl: string): string {
  const url = isAddress(modelUrl) ? URL.parse(modelUrl) : null;
  return url ? `${url.origin}${url.pathname}` : modelUrl;
}

/** Whether a `modelUrl` is an address of the web, and not a path. */
export const isAddress = (modelUrl: string): boolean => /^https?:\/\//i.test(modelUrl);

/** A `modelUrl` without what may be secret in it. */
export const describeBundle = (modelUrl: string): string => (isAddress(modelUrl) ? redactUrl(modelUrl) : modelUrl);

/** One bundle, for all who want it. */
class WantedBundle {
  readonly #options: BundlesOptions & { onUnused(): void };
  readonly #uses = new Set<BundleUse>();
  readonly #stop = new AbortController();
  /** The address that came last: a renewed signature is the better one. */
  #modelUrl = "";
  #bundle: LoadedBundle | undefined;
  #problem: string | undefined;
  #running: Promise<void> | undefined;

  constructor(options: BundlesOptions & { onUnused(): void }) {
    this.#options = options;
  }

  use(modelUrl: string, use: BundleUse): Disposable {
    this.#modelUrl = modelUrl;
    this.#uses.add(use);
    if (this.#bundle) use.onReady(this.#bundle);
    else if (this.#problem !== undefined) use.onProblem(this.#problem);
    this.#running ??= this.#run();
    return { [Symbol.dispose]: () => this.#leave(use) };
  }

  renew(modelUrl: string): void {
    this.#modelUrl = modelUrl;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#bundle?.[Symbol.asyncDispose]();
  }

  #leave(use: BundleUse): void {
    if (!this.#uses.delete(use) || this.#uses.size > 0) return;
    this.#options.onUnused();
    this.#stop.abort();
    void this.#bundle?.[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { open, clock, log } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 1; !signal.aborted; failures++) {
      const bundle = describeBundle(this.#modelUrl);
      try {
        const loaded = await open(this.#modelUrl, signal);
        log.info({ bundle, digest: loaded.digest }, "a bundle is loaded");
        this.#settle(loaded);
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        log.warn({ bundle, reason: reasonOf(thrown), failures }, "a bundle cannot be had");
        this.#fail(`The bundle ${bundle} cannot be had: ${sentenceOf(thrown)}`);
        if (!canBeMended(thrown)) return;
        await clock.sleep(delayAfter(failures, backoff, clock.random()), signal);
      }
    }
  }

  #settle(bundle: LoadedBundle): void {
    if (this.#stop.signal.aborted) {
      void bundle[Symbol.asyncDispose]();
      return;
    }
    this.#bundle = bundle;
    for (const use of this.#uses) use.onReady(bundle);
  }

  #fail(reason: string): void {
    if (reason === this.#problem) return;
    this.#problem = reason;
    for (const use of this.#uses) use.onProblem(reason);
  }
}

/** Of a bundle that is no good every line says something else that is wrong. */
const sentenceOf = (thrown: unknown): string =>
  thrown instanceof SensoriumError ? thrown.message.replaceAll("\n", "; ") : reasonOf(thrown);

/** A bundle that is wrong stays wrong; whatever else is the matter may pass, and a missing file may yet be put there. */
function canBeMended(thrown: unknown): boolean {
  if (!(thrown instanceof SensoriumError)) return true;
  return (
    thrown.retryable || ["source-refused", "model-not-found", "source-invalid", "store-failed"].includes(thrown.code)
  );
}
