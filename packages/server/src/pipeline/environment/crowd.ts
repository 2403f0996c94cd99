import type { Presence } from "@sensorium/perception";
import type { OccupancyEvent } from "@sensorium/protocol";
import type { CameraPeople, Coming } from "./camera-people.ts";

/** How many are somewhere now and were before, and who. */
export type CrowdChange = Pick<OccupancyEvent, "zone" | "change" | "current" | "previous" | "persons" | "confidence">;

interface Visitor {
  /** Which sees them. */
  readonly camera: CameraPeople;
  /** As it was known last; null for who was never seen. */
  presence: Presence | null;
}

/** Who is where in an environment, over all its cameras. */
export class Crowd {
  /** By zone, null for the whole; by person, in the order in which they came. */
  readonly #zones = new Map<string | null, Map<number, Visitor>>();

  /** Takes somebody of a camera in or out; undefined where that changes nothing. */
  take({ zone, person, entered }: Coming, camera: CameraPeople): CrowdChange | undefined {
    const people = this.#in(zone);
    const previous = people.size;
    const visitor = people.get(person) ?? { camera, presence: camera.presenceOf(person) };
    if (entered) people.set(person, visitor);
    else people.delete(person);
    if (people.size === previous) return undefined;
    const there = [...people].flatMap(([one, seen]) => presenceIn(seen, one) ?? []);
    // Of an empty place it is as sure as it was of the last one there.
    const scores = there.length > 0 ? there.map(({ score }) => score) : [visitor.presence?.score ?? 0];
    return {
      ...{ zone, change: entered ? "entered" : "left", current: people.size, previous },
      confidence: scores.reduce((sum, score) => sum + score, 0) / scores.length,
      persons: there.map(({ person: one, track, lost }) => ({
        ...{ person: one, track },
        status: entered && one === person ? "new" : lost ? "lost" : "active",
      })),
    };
  }

  /** How many there are, of the whole when no zone is named. */
  count(zone: string | null = null): number {
    return this.#zones.get(zone)?.size ?? 0;
  }

  /** A camera's part of a zone is no more: whoever it saw there is not counted any more. */
  forget(zone: string, camera: CameraPeople): void {
    const people = this.#in(zone);
    for (const [person, visitor] of people) if (visitor.camera === camera) people.delete(person);
  }

  #in(zone: string | null): Map<number, Visitor> {
    const known = this.#zones.get(zone);
    if (known) return known;
    const people = new Map<number, Visitor>();
    this.#zones.set(zone, people);
    return people;
  }
}

/** How somebody is there: whom their camera has let go of before they are counted out is there still, out of sight. */
function presenceIn(visitor: Visitor, person: number): Presence | null {
  const now = visitor.camera.presenceOf(person);
  if (now) visitor.presence = now;
  return now ?? (visitor.presence && { ...visitor.presence, lost: true });
}
