import { type TrafficEvent, type TrafficOptions, type TrafficState, trafficPeriods } from "@sensorium/perception";
import type { CrossingEvent, WallMs } from "@sensorium/protocol";
import type { CameraCounts } from "./camera-view.ts";
import { Ongoing } from "./ongoing.ts";

/** What a store knows of before. */
export interface RestoredTraffic {
  readonly state: TrafficState;
  /** When the recorded periods began. */
  readonly starts: readonly WallMs[];
  /** What the crossings tell and nobody recorded, because the process ended too soon. */
  readonly unrecorded: readonly TrafficEvent[];
}

/** Periods of high traffic at one camera, fed with durable crossings and asked every second. */
export class TrafficWatch {
  readonly #periods;
  readonly #cameIn: WallMs[] = [];
  readonly #unrecorded: TrafficEvent[];
  #starts: WallMs[];

  constructor(options: TrafficOptions, restored: RestoredTraffic) {
    this.#periods = new Ongoing(trafficPeriods(options), restored.state);
    this.#starts = [...restored.starts];
    this.#unrecorded = [...restored.unrecorded];
    this.#note(this.#unrecorded);
  }

  /** Goes by other thresholds from now on; a period that is going on goes on. */
  follow(options: TrafficOptions): void {
    this.#periods.follow(trafficPeriods(options));
  }

  add(event: CrossingEvent): void {
    if (event.direction === "in") this.#cameIn.push(event.wallMs as WallMs);
  }

  /** What began or ended since the last step. */
  step(nowMs: WallMs): readonly TrafficEvent[] {
    const events = this.#periods.take(this.#cameIn.splice(0), nowMs);
    this.#note(events);
    return [...this.#unrecorded.splice(0), ...events];
  }

  /** Periods that began since the daily reset, and the one that is running. */
  since(resetMs: WallMs): Pick<CameraCounts, "trafficEvents" | "traffic"> {
    this.#starts = this.#starts.filter((startMs) => startMs >= resetMs);
    const { period } = this.#periods.state;
    return {
      trafficEvents: this.#starts.length,
      traffic: period ? { startMs: period.startMs, countIn: period.countIn } : null,
    };
  }

  #note(events: readonly TrafficEvent[]): void {
    for (const event of events) if (event.type === "started") this.#starts.push(event.startMs);
  }
}
