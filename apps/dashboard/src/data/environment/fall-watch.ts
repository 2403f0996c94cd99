import { analytics } from "@sensorium/protocol/rest";
import { ask } from "../api.ts";
import type { ConnectionState } from "../connection.ts";
import { Feed } from "../feed.ts";
import { type Listing, Reading } from "../reading.ts";
import { type Readable, Store } from "../store.ts";
import { type Fall, fallsIn } from "./falls.ts";

/** How far back falls are shown. */
export const FALLS_HOURS = 24;
const HOUR_MS = 3_600_000;
/** What comes at once is read once. */
const GATHER_MS = 300;
const MOST = 500;

/** The falls of the last day in all environments that somebody may see, told as they happen, whatever is on screen. */
export class FallWatch {
  /** Those that began last first; null while they are not known. */
  readonly falls: Readable<readonly Fall[] | null>;
  readonly connection: Readable<ConnectionState>;
  /** Why what is shown may be old, in one sentence. */
  readonly problem: Readable<string | null>;
  readonly #falls = new Store<readonly Fall[] | null>(null);
  readonly #problem = new Store<string | null>(null);
  readonly #base: string;
  readonly #records: Listing<analytics.AnalyticsEventRecord>;
  readonly #feed: Feed;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** `base` is the address of `/api/v1/`, `socket` that of the streaming API. */
  constructor(base: string, socket: string) {
    this.falls = this.#falls;
    this.problem = this.#problem;
    this.#base = `${base}analytics/events`;
    this.#records = new Reading(this.#base, analytics.AnalyticsEventRecord.array());
    this.#records.state.subscribe(({ value, problem }) => {
      this.#falls.set(value && fallsIn(value));
      this.#problem.set(problem);
    });
    this.#feed = new Feed({
      url: socket,
      subscriptions: [
        {
          event_type: "activity_event",
          filters: { event_types: ["fall_suspected", "fall_detected", "fall_recovered"] },
        },
      ],
      onSubscribed: () => void this.#load(),
      hear: ({ type }) => type === "activity_event" && this.#loadSoon(),
    });
    this.connection = this.#feed.connection;
  }

  /** Says that somebody has seen to falls; why not of the first that was refused, after which no other is tried. */
  async acknowledge(falls: readonly Fall[]): Promise<string | null> {
    let refused: string | null = null;
    for (const { id } of falls) {
      const answer = await ask(`${this.#base}/${encodeURIComponent(id)}/acknowledge`, { method: "POST" });
      if (!answer.ok) refused = answer.sentence;
      if (refused !== null) break;
    }
    await this.#load();
    return refused;
  }

  close(): void {
    clearTimeout(this.#again);
    this.#feed.close();
  }

  #loadSoon(): void {
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      void this.#load();
    }, GATHER_MS);
  }

  #load(): Promise<void> {
    const start_time = new Date(Date.now() - FALLS_HOURS * HOUR_MS).toISOString();
    return this.#records.load({ event_type: "fall", start_time, per_page: MOST });
  }
}
