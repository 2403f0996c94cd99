import { analytics, system } from "@sensorium/protocol/rest";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ConnectionState } from "../connection.ts";
import { Feed } from "../feed.ts";
import { type Listing, Reading } from "../reading.ts";
import { type Readable, Store } from "../store.ts";
import { type PersonNow, peopleNow, type SeenFrame, seenIn } from "./people.ts";

/** A camera, a router or the sensing as a whole came, went or changed. */
export type DeviceEvent = Extract<wire.EventMessage, { type: "hardware_event" | "system_event" }>;

/** Spans of time for which occupancy is shown, and how long a step of each is. */
export const SPANS = {
  hour: { name: "Last hour", hours: 1, interval: "1m" },
  day: { name: "Last day", hours: 24, interval: "15m" },
  week: { name: "Last week", hours: 7 * 24, interval: "1h" },
  month: { name: "Last 30 days", hours: 30 * 24, interval: "1d" },
} as const;
export type SpanName = keyof typeof SPANS;

/** What happened that is no fall. */
export type HappeningKind = "alert" | "activity";

const HOUR_MS = 3_600_000;
const LOOK_EVERY_MS = 15_000;
/** History costs a question of a few hundred an hour. */
const HISTORY_EVERY_MS = 120_000;
const FRAMES_A_SECOND = 2;
const KEPT_DEVICE_EVENTS = 30;
const PER_PAGE = 20;
/** Alerts that come at once are read once. */
const GATHER_MS = 300;

/** One environment as the page shows it: live over a socket of its own, its history by the REST API. */
export class EnvironmentView {
  readonly connection: Readable<ConnectionState>;
  /** Null before the first frame. */
  readonly people: Readable<readonly PersonNow[] | null>;
  /** Since this view was opened, newest first. */
  readonly devices: Readable<readonly DeviceEvent[]>;
  readonly status: Reading<system.SystemStatus>;
  readonly occupancy: Reading<analytics.Occupancy>;
  readonly happenings: Listing<analytics.AnalyticsEventRecord>;
  readonly #people = new Store<readonly PersonNow[] | null>(null);
  readonly #devices = new Store<readonly DeviceEvent[]>([]);
  readonly #environment: string;
  readonly #frames = new Map<string, SeenFrame>();
  readonly #feed: Feed;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  #span: SpanName = "day";
  #shown: { readonly kind: HappeningKind; readonly page: number } = { kind: "alert", page: 1 };
  #gathering: ReturnType<typeof setTimeout> | undefined;

  /** `base` is the address of `/api/v1/`, `socket` that of the streaming API. */
  constructor(environment: string, { base, socket }: { readonly base: string; readonly socket: string }) {
    this.#environment = environment;
    this.people = this.#people;
    this.devices = this.#devices;
    this.status = new Reading(`${base}system/status`, system.SystemStatus);
    this.occupancy = new Reading(`${base}analytics/occupancy`, analytics.Occupancy);
    this.happenings = new Reading(`${base}analytics/events`, analytics.AnalyticsEventRecord.array());
    const filters = { environment_id: environment };
    this.#feed = new Feed({
      url: socket,
      subscriptions: [
        {
          event_type: "pose_data",
          filters: { ...filters, min_confidence: 0, include_keypoints: false, include_velocity: false },
          throttle: { max_fps: FRAMES_A_SECOND },
        },
        { event_type: "system_event", filters },
        { event_type: "activity_event", filters: { ...filters, event_types: ["alert_triggered"] } },
      ],
      onSubscribed: () => this.#look(),
      hear: (message) => this.#hear(message),
    });
    this.connection = this.#feed.connection;
    this.connection.subscribe(({ phase }) => phase !== "open" && this.#forgetPeople());
    this.#timers = [
      setInterval(() => this.#lookAgain(), 1_000),
      setInterval(() => this.#isOpen && void this.status.load(), LOOK_EVERY_MS),
      setInterval(() => this.#isOpen && void this.#loadOccupancy(), HISTORY_EVERY_MS),
    ];
  }

  /** Shows the occupancy of another span of time. */
  setSpan(span: SpanName): void {
    this.#span = span;
    void this.#loadOccupancy();
  }

  /** Shows another page, or another kind, of what happened in the last week. */
  showHappenings(kind: HappeningKind, page: number): void {
    this.#shown = { kind, page };
    void this.#loadHappenings();
  }

  /** While the page cannot be seen, nothing is asked for, so that nothing is computed for it. */
  setVisible(visible: boolean): void {
    this.#feed.setWanted(visible);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#gathering);
    this.#feed.close();
  }

  get #isOpen(): boolean {
    return this.connection.get().phase === "open";
  }

  #look(): void {
    void this.status.load({ environment_id: this.#environment });
    void this.#loadOccupancy();
    void this.#loadHappenings();
  }

  #hear(message: wire.ServerMessage): void {
    if (message.type === "pose_data") {
      const nowMs = Date.now();
      const [camera, frame] = seenIn(message, nowMs);
      this.#frames.set(camera, frame);
      this.#people.set(peopleNow(this.#frames.values(), nowMs));
    } else if (message.type === "hardware_event" || message.type === "system_event") {
      this.#devices.set([message, ...this.#devices.get()].slice(0, KEPT_DEVICE_EVENTS));
      void this.status.load();
    } else if (message.type === "activity_event") {
      this.#gathering ??= setTimeout(() => {
        this.#gathering = undefined;
        void this.#loadHappenings();
      }, GATHER_MS);
    }
  }

  /** Whoever has not been seen for a while is not said to be there. */
  #lookAgain(): void {
    if (this.#people.get() !== null) this.#people.set(peopleNow(this.#frames.values(), Date.now()));
  }

  #forgetPeople(): void {
    this.#frames.clear();
    this.#people.set(null);
  }

  #loadOccupancy(): Promise<void> {
    const { hours, interval } = SPANS[this.#span];
    return this.occupancy.load({ ...this.#last(hours), interval });
  }

  #loadHappenings(): Promise<void> {
    const { kind, page } = this.#shown;
    const { start_time, environment_id } = this.#last(SPANS.week.hours);
    return this.happenings.load({ event_type: kind, start_time, environment_id, page, per_page: PER_PAGE });
  }

  #last(hours: number) {
    const nowMs = Date.now();
    return {
      environment_id: this.#environment,
      start_time: new Date(nowMs - hours * HOUR_MS).toISOString(),
      end_time: new Date(nowMs).toISOString(),
    };
  }
}
