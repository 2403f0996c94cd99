import type { live } from "@sensorium/protocol/wire";

type Event = live.EventMessage["event"];
/** Somebody came into a zone, or went out of it. */
export type ZoneEvent = Extract<Event, { type: "zone-entered" | "zone-left" }>;

/** One object's time in one zone. */
export interface Stay {
  /** The id of the event that it was first known by. */
  readonly id: string;
  readonly zone: string;
  readonly track: number;
  readonly className: string;
  /** Unix milliseconds. */
  readonly enteredMs: number;
  /** Null while it lasts. */
  readonly dwellMs: number | null;
}

const KEPT_STAYS = 30;

/** The stays after `event`, those that began last first. One whose beginning was missed is known by its end. */
export function staysAfter(stays: readonly Stay[], event: ZoneEvent): readonly Stay[] {
  const { id, zone, track, className, wallMs } = event;
  if (event.type === "zone-entered") {
    return [{ id, zone, track, className, enteredMs: wallMs, dwellMs: null }, ...stays].slice(0, KEPT_STAYS);
  }
  const { dwellMs } = event;
  const isIt = (stay: Stay): boolean => stay.zone === zone && stay.track === track && stay.dwellMs === null;
  if (stays.some(isIt)) return stays.map((stay) => (isIt(stay) ? { ...stay, dwellMs } : stay));
  return [{ id, zone, track, className, enteredMs: wallMs - dwellMs, dwellMs }, ...stays]
    .sort((one, other) => other.enteredMs - one.enteredMs)
    .slice(0, KEPT_STAYS);
}
