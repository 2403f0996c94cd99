import { type AlertOptions, type Concern, type Relief, raiseAlerts } from "@sensorium/perception";
import type { AlertEvent, SensoriumEvent, WallMs } from "@sensorium/protocol";
import { Ongoing } from "../ongoing.ts";
import type { AlertCause, EnvironmentEvents } from "./environment-events.ts";

type News = Concern<AlertCause> | Relief;

/** Makes alerts of what has become durable: falls and people who do not move any more. */
export class AlertWatch {
  readonly #events: EnvironmentEvents;
  readonly #raise;
  #news: News[] = [];

  constructor(events: EnvironmentEvents, options: AlertOptions = {}) {
    this.#events = events;
    this.#raise = new Ongoing(raiseAlerts<AlertCause>(options), { concerns: [], raised: [] });
  }

  /** Goes by other thresholds from now on. */
  follow(options: AlertOptions): void {
    this.#raise.follow(raiseAlerts<AlertCause>(options));
  }

  note(event: SensoriumEvent): void {
    if (event.type !== "fall" && event.type !== "inactivity") return;
    const { type: rule, person } = event;
    if (event.change === "recovered" || event.change === "ended") this.#news.push({ type: "over", rule, person });
    if (event.change === "confirmed" || event.change === "began") this.#news.push(concernOf(event));
  }

  /** To be called every second; returns what somebody is to look at. */
  step(nowMs: WallMs): AlertEvent[] {
    const news = this.#news;
    this.#news = [];
    return this.#raise.take(news, nowMs).map(({ cause, confidence }) => {
      return this.#events.alert(cause, { ...wordsOf(cause), confidence, wallMs: nowMs });
    });
  }
}

/** A fall lasts from when the body lay, and is told at that instant. */
function concernOf(cause: AlertCause): Concern<AlertCause> {
  const { type: rule, person, wallMs } = cause;
  const about = { type: "began", rule, person, cause } as const;
  if (cause.type === "fall") return { ...about, sinceMs: wallMs, confidence: cause.confidence };
  // That somebody does not move is measured, not guessed.
  return { ...about, sinceMs: wallMs - cause.durationMs, confidence: 1 };
}

function wordsOf(cause: AlertCause): Pick<AlertEvent, "severity" | "message"> {
  if (cause.type === "fall") return { severity: "high", message: "Somebody has fallen and has not got up" };
  const minutes = Math.round(cause.durationMs / 60_000);
  return { severity: "medium", message: `Somebody has not moved for ${minutes} minutes` };
}
