import type { Micros, ZoneId } from "@sensorium/protocol";
import { anchorOf } from "../../geometry/box.ts";
import { pointInFractions } from "../../geometry/point.ts";
import type { Step } from "../step.ts";
import type { TrackedFrame } from "../tracked-frame.ts";
import { advance, type Change, forget, outside, type Sighting, type ZoneMemory, type ZoneRule } from "./zone-memory.ts";
import { type ZoneOptions, type ZoneSettings, zoneSettings } from "./zone-options.ts";

/**
 * A track entered a zone, or left it after a stay of `dwell`. `at` is the instant it met the edge, interpolated, or that
 * of its first or last sighting where it appeared or vanished inside; it is earlier than the step that is sure of it.
 */
export type ZoneEvent = Change & {
  readonly zone: ZoneId;
  readonly track: number;
  /** Index into the model's class names. */
  readonly classIndex: number;
};

interface TrackMemory {
  readonly last: Sighting;
  readonly classIndex: number;
  /** One per zone, in the order of the zones. */
  readonly zones: readonly ZoneMemory[];
}

/** What is remembered of the tracks seen of late. It belongs to its zones: other zones start with none. */
export interface ZoneState {
  readonly tracks: ReadonlyMap<number, TrackMemory>;
  /** How many tracks are in each zone: they have entered and not left. */
  readonly occupancy: ReadonlyMap<ZoneId, number>;
}

/** Nobody seen yet. */
export const noZones: ZoneState = { tracks: new Map(), occupancy: new Map() };

/**
 * A step that tells who enters and leaves areas of the picture, how long they stay and how many are there. Who steps
 * over the edge and back within `enterAfter` or `leaveAfter` has not; who is not seen for `forgetAfter` has left when
 * last seen, so it wants to be called for empty frames too. Throws `config-invalid` for unusable options.
 */
export function watchZones(options: ZoneOptions): Step<ZoneState, TrackedFrame, ZoneEvent> {
  const settings = zoneSettings(options);
  const rules = settings.zones.map(({ corners }): ZoneRule => ({ ...settings, corners }));
  return (state, frame, at) => {
    const events: ZoneEvent[] = [];
    const tracks = new Map(state.tracks);
    const report = (track: number, { classIndex, changes }: Report): void => {
      changes.forEach((change, index) => {
        const zone = settings.zones[index]?.id;
        if (change && zone !== undefined) events.push({ ...change, zone, track, classIndex });
      });
    };
    for (const [track, { last, classIndex, zones }] of state.tracks) {
      if (last.at >= at - settings.forgetAfter) continue;
      tracks.delete(track);
      report(track, { classIndex, changes: zones.map((memory) => forget(memory, last)) });
    }
    for (const { track, classIndex, to } of sightings(frame, at, settings)) {
      const before = tracks.get(track);
      const steps = rules.map((rule, i) => advance(before?.zones[i] ?? outside, { from: before?.last, to }, rule));
      tracks.set(track, { last: to, classIndex, zones: steps.map(({ memory }) => memory) });
      report(track, { classIndex, changes: steps.map(({ change }) => change) });
    }
    return { state: { tracks, occupancy: occupancyOf(tracks, settings) }, events };
  };
}

/** What happened to a track, one item per zone. */
interface Report {
  readonly classIndex: number;
  readonly changes: readonly (Change | undefined)[];
}

interface Seen {
  readonly track: number;
  readonly classIndex: number;
  readonly to: Sighting;
}

const sightings = ({ tracked, size }: TrackedFrame, at: Micros, { anchor }: ZoneSettings): Seen[] =>
  Array.from({ length: tracked.count }, (_, i) => ({
    track: tracked.tracks[i] ?? 0,
    classIndex: tracked.classes[i] ?? 0,
    to: { point: pointInFractions(anchorOf(tracked, i, { anchor, size }), size), at },
  }));

function occupancyOf(tracks: ZoneState["tracks"], { zones }: ZoneSettings): Map<ZoneId, number> {
  const inside = (index: number): number =>
    [...tracks.values()].filter((memory) => memory.zones[index]?.since !== undefined).length;
  return new Map(zones.map(({ id }, index) => [id, inside(index)]));
}
