import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../clock.ts";
import type { Outgoing } from "../outbox.ts";
import { Body, packed } from "./body.ts";
import type { SensedEvent } from "./source.ts";

type Filters = wire.EffectiveSubscription["filters"];

/** Whether a subscription's filters let an event through; what an event does not have is not asked for. */
export function lets(filters: Filters, event: SensedEvent): boolean {
  const severity = severityOf(event);
  const confidence = confidenceOf(event);
  const people = peopleOf(event);
  const { severity: wanted, min_confidence, person_ids, event_types, zone_ids } = filters;
  return (
    (wanted === null || severity === undefined || wanted.includes(severity)) &&
    (confidence === undefined || confidence >= min_confidence) &&
    (person_ids === null || people === undefined || people.some((person) => person_ids.includes(person))) &&
    (event_types === null || event.type !== "activity_event" || event_types.includes(event.data.event_type)) &&
    (zone_ids === null || event.type !== "occupancy_update" || zone_ids.includes(event.data.zone_id ?? ""))
  );
}

function severityOf({ type, data }: SensedEvent): string | undefined {
  if (type === "system_event") return data.severity ?? "info";
  return type === "hardware_event" || type === "activity_event" ? data.severity : undefined;
}

function confidenceOf({ type, data }: SensedEvent): number | undefined {
  return type === "activity_event" || type === "occupancy_update" || type === "tracking_update"
    ? data.confidence
    : undefined;
}

function peopleOf({ type, data }: SensedEvent): readonly number[] | undefined {
  if (type === "tracking_update") return [data.person_id];
  if (type === "occupancy_update") return data.persons.map(({ person_id }) => person_id);
  if (type !== "activity_event") return undefined;
  return data.person_id === null ? [] : [data.person_id];
}

/** One event on its way to many clients: serialised once. */
export class SharedEvent {
  readonly event: SensedEvent;
  readonly #environment: string;
  readonly #clock: ServeClock;
  #plain: Body | undefined;
  readonly #packed = new Map<wire.Compression, Outgoing>();

  constructor(
    event: SensedEvent,
    { environment, clock }: { readonly environment: string; readonly clock: ServeClock },
  ) {
    this.event = event;
    this.#environment = environment;
    this.#clock = clock;
  }

  /** The event's message. */
  shown(compression: wire.Compression | null): Outgoing {
    this.#plain ??= this.#body();
    if (!compression) return this.#plain;
    const message = this.#packed.get(compression) ?? packed(this.#plain, compression, this.#clock);
    this.#packed.set(compression, message);
    return message;
  }

  #body(): Body {
    const { type, data, atMs, source, position } = this.event;
    const stream = position && { environment_id: this.#environment, ...position };
    return new Body({ type, atMs, data, source, ...(stream && { stream }) });
  }
}
