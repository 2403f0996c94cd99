import { type Line, meetingOf, sideOf } from "./line.ts";
import type { Point } from "./point.ts";

/** An area by its corners in order, either way round; the last is joined to the first. */
export type Polygon = readonly Point[];

/** The sides of a polygon, as many as it has corners. */
export const edgesOf = (polygon: Polygon): Line[] => polygon.map((b, i) => ({ a: polygon.at(i - 1) ?? b, b }));

/** How much a polygon encloses, never negative; not a number where a corner is not one. */
export function polygonArea(polygon: Polygon): number {
  const twice = edgesOf(polygon).reduce((sum, { a, b }) => sum + (a.x * b.y - b.x * a.y), 0);
  return Math.abs(twice) / 2;
}

/**
 * Whether `point` is in the polygon or on its edge. Where edges cross one another, what they enclose twice is outside
 * (the even-odd rule).
 *
 * Only signs are compared, of the same value for "on the edge" as for "beside it", so that no point falls between the
 * two, and a ray that meets a corner meets exactly one of its edges.
 */
export function isInside(polygon: Polygon, point: Point): boolean {
  let inside = false;
  for (const edge of edgesOf(polygon)) {
    const side = sideOf(edge, point);
    if (side === 0 && isBetween(edge, point)) return true;
    const down = edge.b.y > point.y;
    if (down !== edge.a.y > point.y && side > 0 === down) inside = !inside;
  }
  return inside;
}

/** Where the straight way along `path` meets the polygon's edge for the last time, as the fraction 0..1 of `path`. */
export function lastMeeting(path: Line, polygon: Polygon): number | undefined {
  const meetings = edgesOf(polygon).flatMap((edge) => meetingOf(path, edge) ?? []);
  return meetings.length > 0 ? Math.max(...meetings) : undefined;
}

/** Whether a point on the line through an edge is within its ends. */
const isBetween = ({ a, b }: Line, { x, y }: Point): boolean =>
  x >= Math.min(a.x, b.x) && x <= Math.max(a.x, b.x) && y >= Math.min(a.y, b.y) && y <= Math.max(a.y, b.y);
