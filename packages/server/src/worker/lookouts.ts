import type { Box } from "@sensorium/perception";
import { cameraId, SensoriumError } from "@sensorium/protocol";
import type { detectorWorker } from "@sensorium/protocol/wire";
import type { LoadedBundle } from "../mpta/run/loaded-bundle.ts";
import { describeSource, parseSource, type Source } from "../sources/source.ts";
import { Lookout, type LookoutShared } from "./lookout.ts";
import type { Onlooker } from "./seats.ts";

/** What a subscription wants to be looked at. */
export interface Wanted {
  readonly source: detectorWorker.Source;
  readonly crop: Box | undefined;
  /** Null where pictures are wanted and nothing else. */
  readonly bundle: LoadedBundle | null;
}

/** A subscription's place at a lookout. Disposing gives it up. */
export interface Place extends Disposable {
  /** The newest picture as JPEG, whole; null when there is none. */
  image(): Promise<Uint8Array | null>;
}

interface Entry {
  readonly lookout: Lookout;
  /** Of each who wants it, the interval it has asked for: the shortest holds. */
  readonly intervals: Map<Onlooker, number>;
  readonly source: detectorWorker.Source;
}

/** The lookouts that somebody wants: one for each camera, crop and bundle. */
export class Lookouts implements AsyncDisposable {
  readonly #shared: LookoutShared;
  readonly #entries = new Map<string, Entry>();
  /** Lookouts on their way out. */
  readonly #closing = new Set<Promise<void>>();

  constructor(shared: LookoutShared) {
    this.#shared = shared;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** @throws SensoriumError "config-invalid" when the address of the source cannot be used. */
  join(wanted: Wanted, onlooker: Onlooker): Place {
    const { source, crop, bundle } = wanted;
    const key = JSON.stringify([source.kind, source.url, crop ?? null, bundle?.digest ?? null]);
    const entry = this.#entries.get(key) ?? this.#open(wanted);
    this.#entries.set(key, entry);
    entry.intervals.set(onlooker, intervalOf(source));
    entry.lookout.join(onlooker);
    this.#adjust(source);
    return {
      image: () => entry.lookout.image(),
      [Symbol.dispose]: () => this.#leave(key, { entry, onlooker }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { lookout } of this.#entries.values()) this.#close(lookout);
    this.#entries.clear();
    await Promise.all(this.#closing);
  }

  #open({ source, crop, bundle }: Wanted): Entry {
    const read = readAs(source, Math.min(intervalOf(source), this.#intervalOf(source)));
    const camera = cameraId(describeSource(read));
    return { lookout: new Lookout({ camera, source: read, crop, bundle }, this.#shared), intervals: new Map(), source };
  }

  #leave(key: string, { entry, onlooker }: { readonly entry: Entry; readonly onlooker: Onlooker }): void {
    if (!entry.intervals.delete(onlooker)) return;
    entry.lookout.leave(onlooker);
    if (entry.lookout.isEmpty) {
      this.#entries.delete(key);
      this.#close(entry.lookout);
    }
    this.#adjust(entry.source);
  }

  #close(lookout: Lookout): void {
    const closing = lookout.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Of several intervals for one address the shortest holds, for all. */
  #adjust(source: detectorWorker.Source): void {
    if (source.kind !== "snapshot") return;
    const entries = this.#of(source);
    if (entries.length === 0) return;
    const read = readAs(source, this.#intervalOf(source));
    for (const { lookout } of entries) void lookout.read(read);
  }

  #intervalOf(source: detectorWorker.Source): number {
    const known = this.#of(source).flatMap(({ intervals }) => [...intervals.values()]);
    return Math.min(...known, Number.POSITIVE_INFINITY);
  }

  #of({ kind, url }: detectorWorker.Source): Entry[] {
    return [...this.#entries.values()].filter(({ source }) => source.kind === kind && source.url === url);
  }
}

const intervalOf = (source: detectorWorker.Source): number => (source.kind === "snapshot" ? source.intervalMs : 0);

/** No camera is asked more often. */
const LEAST_INTERVAL_MS = 50;

/**
 * A subscription's source as it is opened: addresses of the network only, so that nobody names a file of ours.
 * @throws SensoriumError "config-invalid" when it cannot be.
 */
export function readAs(source: detectorWorker.Source, intervalMs = intervalOf(source)): Source {
  if (source.kind === "rtsp") {
    return /^(rtsps?|https?):\/\//i.test(source.url)
      ? parseSource(source.url)
      : refuse("rtspUrl", "rtsp:// or rtsps://");
  }
  if (!/^https?:\/\//i.test(source.url)) return refuse("snapshotUrl", "http:// or https://");
  return parseSource(`snapshot+${source.url}`, { snapshotIntervalMs: Math.max(LEAST_INTERVAL_MS, intervalMs) });
}

function refuse(field: string, schemes: string): never {
  throw new SensoriumError("config-invalid", `${field} cannot be used: it has to begin with ${schemes}`);
}
