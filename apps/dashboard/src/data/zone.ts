import type { live } from "@sensorium/protocol/wire";
import type { Point } from "./line.ts";

/** A zone in pixels of a canvas, and the point of its edge under which its label hangs. */
export interface DrawnZone {
  readonly corners: readonly Point[];
  readonly label: Point;
}

/** The zone on a canvas of the given size; its label is where the vertical through its middle first meets its edge. */
export function drawnZone(zone: Pick<live.ZoneStatus, "corners">, width: number, height: number): DrawnZone {
  const corners = zone.corners.map(({ x, y }) => ({ x: x * width, y: y * height }));
  const xs = corners.map(({ x }) => x);
  const x = (Math.min(...xs) + Math.max(...xs)) / 2;
  return { corners, label: { x, y: Math.min(...crossingsAt(corners, x)) } };
}

/** Where the edges meet the vertical at `x`; both ends of an edge that lies on it. */
function crossingsAt(corners: readonly Point[], x: number): number[] {
  return corners.flatMap((from, i) => {
    const to = corners[(i + 1) % corners.length] ?? from;
    if (x < Math.min(from.x, to.x) || x > Math.max(from.x, to.x)) return [];
    if (from.x === to.x) return [from.y, to.y];
    return [from.y + ((x - from.x) / (to.x - from.x)) * (to.y - from.y)];
  });
}
