import { type Micros, micros } from "@sensorium/protocol";
import type { Point } from "../../geometry/point.ts";
import { isInside, lastMeeting, type Polygon } from "../../geometry/polygon.ts";

/** Where an anchor was, in fractions of the picture. */
export interface Sighting {
  readonly point: Point;
  readonly at: Micros;
}

/** What is known of one track at one zone. */
export interface ZoneMemory {
  /** When it entered, while it is in. */
  readonly since?: Micros;
  /** Present while it is seen on the other side of the edge and may yet turn back. */
  readonly turned?: {
    /** When it met the edge, or appeared. */
    readonly at: Micros;
    /** When it was first seen on that side. */
    readonly seen: Micros;
  };
}

/** What is known before the first sighting: it is outside. */
export const outside: ZoneMemory = {};

/** A zone, and how long a track stays on the other side of its edge before that counts. */
export interface ZoneRule {
  /** In fractions of the picture. */
  readonly corners: Polygon;
  readonly enterAfter: Micros;
  readonly leaveAfter: Micros;
}

/** Somebody entered, or left after a stay. */
export type Change =
  | { readonly type: "entered"; readonly at: Micros }
  | { readonly type: "left"; readonly at: Micros; readonly dwell: Micros };

/** Takes a track one sighting further at one zone; `from` is its last sighting, if there was one. */
export function advance(
  memory: ZoneMemory,
  { from, to }: { readonly from: Sighting | undefined; readonly to: Sighting },
  rule: ZoneRule,
): { readonly memory: ZoneMemory; readonly change?: Change } {
  const { since } = memory;
  const inside = isInside(rule.corners, to.point);
  if (inside === (since !== undefined)) return { memory: since === undefined ? outside : { since } };
  const turned = memory.turned ?? { at: meetingTime(from ?? to, to, rule.corners), seen: to.at };
  if (to.at - turned.seen < (inside ? rule.enterAfter : rule.leaveAfter)) return { memory: { ...memory, turned } };
  if (since === undefined) return { memory: { since: turned.at }, change: { type: "entered", at: turned.at } };
  return { memory: outside, change: leaving(since, turned.at) };
}

/** How the stay of a track that is not seen any more ended; undefined where it had not entered. */
export function forget({ since, turned }: ZoneMemory, last: Sighting): Change | undefined {
  return since === undefined ? undefined : leaving(since, turned?.at ?? last.at);
}

const leaving = (since: Micros, at: Micros): Change => ({ type: "left", at, dwell: micros(at - since) });

/** The instant at which the straight way between two sightings met the edge. */
function meetingTime(from: Sighting, to: Sighting, corners: Polygon): Micros {
  const t = lastMeeting({ a: from.point, b: to.point }, corners) ?? 1;
  return micros(from.at + t * (to.at - from.at));
}
