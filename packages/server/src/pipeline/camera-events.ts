import {
  type Crossing,
  type FallEvent,
  pointInFractions,
  type TrafficEvent,
  type ZoneEvent,
} from "@sensorium/perception";
import type { CameraEvent, CameraId, CrossingEvent, Micros, SourceState } from "@sensorium/protocol";
import { newEventId } from "./event-id.ts";
import type { Watched } from "./watch.ts";

/** Whose events they are, and which model finds them. */
export interface EventOrigin {
  readonly camera: CameraId;
  readonly environment: string;
  readonly simulated: boolean;
  readonly model: { readonly name: string; readonly classes: readonly string[] };
}

/** When a camera's state changed, and how. */
export interface SourceMoment {
  readonly nowMs: number;
  readonly lastFrameMs: number | null;
  readonly attempts: number;
  /** Present when somebody wanted it so. */
  readonly wanted?: true;
}

const CHANGES = {
  "fall-suspected": "suspected",
  "fall-confirmed": "confirmed",
  "fall-recovered": "recovered",
} as const;

/** What happens at one camera, as it is recorded and told. */
export class CameraEvents {
  readonly #origin: EventOrigin;

  constructor(origin: EventOrigin) {
    this.#origin = origin;
  }

  crossing({ classIndex, at, ...crossing }: Crossing, watched: Watched): CrossingEvent {
    return { ...this.#found(classIndex, at, watched), ...crossing, at, type: "crossing" };
  }

  zone({ classIndex, at, zone, track, ...change }: ZoneEvent, watched: Watched): CameraEvent {
    const found = { ...this.#found(classIndex, at, watched), zone, track, at };
    if (change.type === "entered") return { ...found, type: "zone-entered" };
    return { ...found, type: "zone-left", dwellMs: Math.round(change.dwell / 1000) };
  }

  fall(event: FallEvent, watched: Watched): CameraEvent {
    const { type, person, track, impactAt: at, duration, impact, confidence, position } = event;
    return {
      ...this.#base(watched.capturedMs),
      type: "fall",
      change: CHANGES[type],
      ...{ person, track, at, impact, confidence },
      durationMs: Math.round(duration / 1000),
      point: pointInFractions(position, watched.size),
      size: watched.size,
      model: this.#origin.model.name,
    };
  }

  traffic({ type: _type, ...period }: TrafficEvent, nowMs: number): CameraEvent {
    const event = { ...this.#base(nowMs), ...period };
    return "endMs" in event ? { ...event, type: "traffic-ended" } : { ...event, type: "traffic-started" };
  }

  source(state: SourceState, reason: string | null, { nowMs, ...how }: SourceMoment): CameraEvent {
    return { ...this.#base(nowMs), type: "source", state, ...(reason !== null && { reason }), ...how };
  }

  /** What was found at `at` was there that much before its frame came in. */
  #found(classIndex: number, at: Micros, watched: Watched) {
    const { model } = this.#origin;
    return {
      ...this.#base(Math.round(watched.capturedMs + (at - watched.at) / 1000)),
      className: model.classes[classIndex] ?? `class ${classIndex}`,
      model: model.name,
    };
  }

  #base(atMs: number): Pick<CameraEvent, "id" | "environment" | "camera" | "wallMs" | "simulated"> {
    const { camera, environment, simulated } = this.#origin;
    return { id: newEventId(Date.now()), environment, camera, wallMs: atMs, simulated };
  }
}
