import { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** How many of something there may be in any span of time, and how many there were in the last one. */
export class RateWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #times: number[] = [];

  constructor({ limit, windowMs }: { readonly limit: number; readonly windowMs: number }) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Milliseconds until there is room for another; 0 when there is now. */
  waitMs(nowMs: number): number {
    while ((this.#times[0] ?? Number.POSITIVE_INFINITY) <= nowMs - this.#windowMs) this.#times.shift();
    const blocking = this.#times[this.#times.length - this.#limit];
    return blocking === undefined ? 0 : blocking + this.#windowMs - nowMs;
  }

  note(nowMs: number): void {
    this.#times.push(nowMs);
  }
}

/** Why a message is not looked at. */
export type RateRefusal = Extract<wire.ErrorData, { error_code: "RATE_LIMIT_EXCEEDED" }>["details"];

type Kind = keyof typeof wire.MESSAGE_LIMITS;

const KINDS: Readonly<Partial<Record<string, Kind>>> = {
  subscribe: "subscriptions",
  unsubscribe: "subscriptions",
  heartbeat: "heartbeat",
};

/** Counts what one client sends. */
export class MessageRates {
  readonly #windows = {
    subscriptions: new RateWindow(wire.MESSAGE_LIMITS.subscriptions),
    heartbeat: new RateWindow(wire.MESSAGE_LIMITS.heartbeat),
    general: new RateWindow(wire.MESSAGE_LIMITS.general),
  };
  readonly #refused = { subscriptions: 0, heartbeat: 0, general: 0 };
  readonly #refusals = new RateWindow(wire.FLOOD_LIMIT);

  /** Counts a message, of no known type when undefined; says why when it is one too many. */
  refuse(type: string | undefined, nowMs: number): RateRefusal | null {
    const kind = KINDS[type ?? ""] ?? "general";
    const { limit, window } = wire.MESSAGE_LIMITS[kind];
    const waitMs = this.#windows[kind].waitMs(nowMs);
    if (waitMs === 0) {
      this.#windows[kind].note(nowMs);
      this.#refused[kind] = 0;
      return null;
    }
    this.#refusals.note(nowMs);
    const current_rate = limit + ++this.#refused[kind];
    return { current_rate, limit, window, retry_after: Math.ceil(waitMs / 1000) };
  }

  /** Whether so much was refused of late that the client does not mean to stop. */
  isFlood(nowMs: number): boolean {
    return this.#refusals.waitMs(nowMs) > 0;
  }
}
