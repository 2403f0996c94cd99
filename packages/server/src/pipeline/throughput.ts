import { addTotals, type CaptureTotals, nothingCaptured } from "../capture/messages.ts";
import type { CameraStatus } from "./camera-view.ts";
import { RateMeter } from "./rate-meter.ts";

const RATE_WINDOW_MS = 5_000;
/** Of the frames captured; below it, drops are hiccups. */
const TOLERATED_DROPS = 0.05;

/** How many frames a camera gives, and how many of them are looked at. */
export class Throughput {
  readonly #captured = new RateMeter(RATE_WINDOW_MS);
  readonly #inferred = new RateMeter(RATE_WINDOW_MS);
  readonly #dropped = new RateMeter(RATE_WINDOW_MS);
  #before = nothingCaptured;
  #source: { readonly totals: CaptureTotals } | undefined;
  /** Frames looked at since the start. */
  inferred = 0;

  /** Frames come from here from now on, and from nowhere when undefined. */
  follow(source: { readonly totals: CaptureTotals } | undefined): void {
    this.#before = this.totals;
    this.#source = source;
  }

  /** Of all sources since the start. */
  get totals(): CaptureTotals {
    return addTotals(this.#before, this.#source?.totals ?? nothingCaptured);
  }

  /** To be called every second or so; `nowMs` never goes backwards. */
  tick(nowMs: number): void {
    const { captured, dropped } = this.totals;
    this.#captured.note(captured, nowMs);
    this.#dropped.note(dropped, nowMs);
    this.#inferred.note(this.inferred, nowMs);
  }

  get rates(): CameraStatus["rates"] {
    return { captured: this.#captured.perSecond, inferred: this.#inferred.perSecond };
  }

  /** A silent source is not this machine's fault, and frames dropped from one that speaks are not the source's. */
  limitedBy(state: CameraStatus["state"]): CameraStatus["limitedBy"] {
    if (state !== "online") return "upstream";
    const { perSecond: dropped } = this.#dropped;
    const { perSecond: captured } = this.#captured;
    return dropped !== null && captured !== null && dropped > captured * TOLERATED_DROPS ? "cpu" : null;
  }
}
