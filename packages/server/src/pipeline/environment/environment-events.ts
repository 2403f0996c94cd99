import { pointInFractions, type WindowEvent } from "@sensorium/perception";
import type {
  ActivityChangedEvent,
  AlertEvent,
  AnalyticsEvent,
  EnvironmentEvent,
  InactivityEvent,
  SensoriumEvent,
  TrackingEvent,
} from "@sensorium/protocol";
import type { CameraView } from "../camera-view.ts";
import { newEventId } from "../event-id.ts";
import type { PeopleNews } from "./camera-people.ts";

type Told<E> = E extends unknown ? Omit<E, "id" | "environment" | "simulated"> : never;

/** What is told of a whole environment, but for which one it is. */
export type WholeEvent = Told<EnvironmentEvent>;

/** What may be worth an alert. */
export type AlertCause = Extract<SensoriumEvent, { type: "fall" | "inactivity" }>;

/** A moment of a camera: the frame, and when it was captured. */
export interface Seen extends PeopleNews {
  readonly camera: CameraView;
  /** Unix milliseconds. */
  readonly wallMs: number;
}

const CHANGES = { inactive: "began", "active-again": "ended" } as const;

/** What happens in one environment, as it is recorded and told. */
export class EnvironmentEvents {
  readonly #environment: string;

  constructor(environment: string) {
    this.#environment = environment;
  }

  /** What concerns the whole of it. */
  whole(event: WholeEvent, simulated: boolean): EnvironmentEvent {
    return { ...this.#base(simulated), ...event } as EnvironmentEvent;
  }

  window({ type: _, ...figures }: WindowEvent, simulated: boolean): AnalyticsEvent {
    return { ...this.#base(simulated), ...figures, type: "analytics", wallMs: figures.endMs };
  }

  /** Everything about the people of a camera but who came and went. */
  people(seen: Seen): (TrackingEvent | ActivityChangedEvent | InactivityEvent)[] {
    const { presence, activities, inactivity } = seen;
    if (presence.length + activities.length + inactivity.length === 0) return [];
    const of = this.#seenBy(seen);
    const place = (position: { readonly x: number; readonly y: number }) => ({
      point: pointInFractions(position, seen.size),
      size: seen.size,
    });
    return [
      ...presence.map(({ type: change, person, track, at, score, quality, firstSeen, position }) => ({
        ...of(),
        ...{ type: "tracking" as const, change, person, track, at, confidence: score, quality },
        firstSeenMs: Math.round(seen.wallMs - (seen.at - firstSeen) / 1000),
        ...place(position),
      })),
      ...activities.map(({ type, person, track, from, to, since: at, confidence, position }) => ({
        ...of(),
        ...{ type, person, track, from, to, at, confidence },
        ...place(position),
      })),
      ...inactivity.map(({ type, person, track, duration, position }) => ({
        ...of(),
        ...{ type: "inactivity" as const, change: CHANGES[type], person, track, at: seen.at },
        durationMs: Math.round(duration / 1000),
        ...place(position),
      })),
    ];
  }

  /** Of something that somebody is to look at; what caused it says where and whether it is real. */
  alert(
    { type: rule, ...cause }: AlertCause,
    { message, severity, confidence, wallMs }: Pick<AlertEvent, "message" | "severity" | "confidence" | "wallMs">,
  ): AlertEvent {
    const { camera, person, track, point, size, model, simulated } = cause;
    return {
      ...this.#base(simulated),
      ...{ type: "alert", wallMs, rule, severity, message, confidence, camera, person, track },
      place: size ? { point, size } : null,
      cause: cause.id,
      ...(model !== undefined && { model }),
    };
  }

  #seenBy({ camera, wallMs }: Seen) {
    const model = camera.status().model?.name;
    return () => ({
      ...this.#base(camera.simulated),
      ...{ camera: camera.id, wallMs },
      ...(model !== undefined && { model }),
    });
  }

  #base(simulated: boolean) {
    return { id: newEventId(Date.now()), environment: this.#environment, simulated };
  }
}
