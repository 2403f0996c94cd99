import { type Micros, microsFromSeconds, type ZoneId, zoneId } from "@sensorium/protocol";
import type { PeopleFrame } from "../persons/people-frame.ts";
import type { Step } from "../step.ts";
import { noZones, watchZones, type ZoneState } from "../zones/watch-zones.ts";
import type { Zone, ZoneOptions } from "../zones/zone-options.ts";
import { type Course, prolongCourse } from "./course.ts";

/** Where people are counted, and when they are there; what is left out takes its default. */
export interface OccupancyOptions extends Partial<Omit<ZoneOptions, "zones">> {
  /** Parts of the picture that are counted by themselves, beside the whole. */
  readonly zones?: readonly Zone[];
  /** How far back averages and peaks can be asked for (1 h). */
  readonly keepFor?: Micros;
}

/** Somebody came or went: into or out of the picture, or one of its zones. */
export interface OccupancyEvent {
  readonly type: "person-entered" | "person-left";
  /** `wholePicture` or one of the zones. */
  readonly zone: ZoneId;
  readonly person: number;
  /** When they came or went, interpolated; earlier than the step that is sure of it. */
  readonly at: Micros;
  /** How many are there now, and were before. */
  readonly current: number;
  readonly previous: number;
}

/** Who is where, and how many were. */
export interface OccupancyState {
  readonly zones: ZoneState;
  readonly courses: ReadonlyMap<ZoneId, Course>;
}

/** Nobody seen yet. */
export const noOccupancy: OccupancyState = { zones: noZones, courses: new Map() };

/** The zone that is all of the picture. */
export const wholePicture = zoneId("");

const EVERYWHERE: Zone = {
  id: wholePicture,
  corners: [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0, y: 1 },
  ],
};

/**
 * A step that counts the people in the picture and in zones of it. Who is seen for a moment does not count yet, and who
 * is not seen for a moment still does, as `watchZones` says; a person counts once, however many tracks they have. Wants
 * to be called for empty frames too. Throws `config-invalid` for unusable options.
 */
export function countPeople(options: OccupancyOptions = {}): Step<OccupancyState, PeopleFrame, OccupancyEvent> {
  const { keepFor = microsFromSeconds(3600), zones = [], ...rest } = options;
  const watched = [EVERYWHERE, ...zones];
  const watch = watchZones({ ...rest, zones: watched });
  return (state, { tracked, persons, size }, at) => {
    const next = watch(state.zones, { tracked: { ...tracked, tracks: persons }, size }, at);
    const counts = new Map(watched.map(({ id }) => [id, state.zones.occupancy.get(id) ?? 0]));
    const events = next.events.map((event): OccupancyEvent => {
      const previous = counts.get(event.zone) ?? 0;
      const current = previous + (event.type === "entered" ? 1 : -1);
      counts.set(event.zone, current);
      const type = event.type === "entered" ? "person-entered" : "person-left";
      return { type, zone: event.zone, person: event.track, at: event.at, current, previous };
    });
    const courses = new Map(
      watched.map(({ id }) => [id, prolongCourse(state.courses.get(id), { count: counts.get(id) ?? 0, at, keepFor })]),
    );
    return { state: { zones: next.state, courses }, events };
  };
}

/** The persons who are in a zone, those included who cannot be seen at the moment. */
export const peopleIn = ({ zones }: OccupancyState, zone: ZoneId = wholePicture): number[] => {
  const index = [...zones.occupancy.keys()].indexOf(zone);
  return [...zones.tracks].flatMap(([person, memory]) => (memory.zones[index]?.since === undefined ? [] : [person]));
};
