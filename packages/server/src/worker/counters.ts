import type { PipelineResult } from "../mpta/run/result.ts";

/** What has been done since the start. */
export interface WorkerCounters {
  /** Frames looked at, each once for all subscriptions that share what is looked at. */
  readonly frames: number;
  /** Results sent on, one for each subscription that shares a frame. */
  readonly results: number;
  /** How often each model ran, by its `modelId`. */
  readonly modelRuns: Readonly<Record<string, number>>;
}

/** Counts what the worker does. */
export class Counters {
  #frames = 0;
  #results = 0;
  readonly #modelRuns = new Map<string, number>();

  /** A frame has gone through a pipeline. */
  processed({ timings }: PipelineResult): void {
    this.#frames++;
    for (const { modelId } of timings) this.#modelRuns.set(modelId, (this.#modelRuns.get(modelId) ?? 0) + 1);
  }

  /** So many subscriptions have been told of a frame. */
  concluded(subscriptions: number): void {
    this.#results += subscriptions;
  }

  get now(): WorkerCounters {
    return { frames: this.#frames, results: this.#results, modelRuns: Object.fromEntries(this.#modelRuns) };
  }
}
