import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outgoing } from "../outbox.ts";
import { RateWindow } from "./rates.ts";
import type { SensedEvent } from "./source.ts";

type Kind = keyof typeof wire.EVENT_LIMITS;

const KINDS: Readonly<Record<SensedEvent["type"], Kind | null>> = {
  system_event: "system",
  hardware_event: "system",
  performance_update: "system",
  config_update: "system",
  analytics_stream: "analytics",
  occupancy_update: "analytics",
  tracking_update: null,
  activity_event: null,
};

/** How many may wait before the client is better off to recover them. */
const MOST_WAITING = 10_000;

/** What the events of one client are held back by, and where they go. */
export interface CeilingsOptions {
  readonly clock: ServeClock;
  send(message: Outgoing): void;
  /** So many wait that the ceilings will not let them through in time. */
  overflow(): void;
}

/** What a message tells, of where, and its offset there; null for what has none. */
export interface Limited {
  readonly type: SensedEvent["type"];
  readonly environment: string;
  readonly offset: number | null;
}

interface Waiting extends Limited {
  readonly kind: Kind | null;
  readonly message: Outgoing;
}

/** Sends the events of one client in order, and no more of a kind in a minute than the table says. */
export class Ceilings implements Disposable {
  readonly #options: CeilingsOptions;
  readonly #windows = {
    system: new RateWindow(wire.EVENT_LIMITS.system),
    analytics: new RateWindow(wire.EVENT_LIMITS.analytics),
  };
  #waiting: Waiting[] = [];
  #timer: Disposable | undefined;

  constructor(options: CeilingsOptions) {
    this.#options = options;
  }

  /** Sends an event when its turn comes; an activity takes everything that waits along, so that no alarm is late. */
  send(message: Outgoing, limited: Limited): void {
    const { type } = limited;
    this.#waiting.push({ ...limited, kind: KINDS[type], message });
    if (type === "activity_event") this.#flush();
    else if (!this.#timer) this.#sendDue();
    if (this.#waiting.length > MOST_WAITING) this.#options.overflow();
  }

  /** The offset of the first event of an environment that waits; undefined when none does. */
  firstWaiting(environment: string): number | undefined {
    return this.#waiting.find((each) => each.environment === environment && each.offset !== null)?.offset ?? undefined;
  }

  /** Nothing that waits of an environment is sent: nobody is to hear of it any more. */
  forget(environment: string): void {
    this.#waiting = this.#waiting.filter((each) => each.environment !== environment);
    this.#timer?.[Symbol.dispose]();
    this.#sendDue();
  }

  [Symbol.dispose](): void {
    this.#waiting = [];
    this.#timer?.[Symbol.dispose]();
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const { kind, message } of this.#waiting.splice(0)) this.#pass(kind, message);
  }

  #sendDue(): void {
    this.#timer = undefined;
    const now = this.#options.clock.now();
    let sent = 0;
    for (const { kind, message } of this.#waiting) {
      const waitMs = kind ? this.#windows[kind].waitMs(now) : 0;
      if (waitMs > 0) {
        this.#timer = this.#options.clock.after(waitMs, () => this.#sendDue());
        break;
      }
      this.#pass(kind, message);
      sent++;
    }
    this.#waiting.splice(0, sent);
  }

  #pass(kind: Kind | null, message: Outgoing): void {
    if (kind) this.#windows[kind].note(this.#options.clock.now());
    this.#options.send(message);
  }
}
