import { type Line, type Point as Pair, readSegment, type Zone } from "@sensorium/protocol/config";
import type { CameraSettings, Change, Editable } from "../configuration.ts";
import type { Point } from "../line.ts";

/** A counting line or a zone while it is being changed. */
export interface Shape {
  /** The same for as long as the drawing is open. */
  readonly key: number;
  readonly kind: "line" | "zone";
  readonly name: string;
  /** The two ends of a line, or the corners of a zone in order around it, in fractions of the picture. */
  readonly points: readonly Point[];
  /** What it does otherwise than usual, in the words of the file; drawing does not change it. */
  readonly rule: Readonly<Record<string, unknown>>;
}

/** The shapes of a camera, its own lines or those it takes from the defaults. */
export function shapesOf({ lines, zones = {} }: CameraSettings, defaults: Editable["defaults"]): readonly Shape[] {
  const drawn = [
    ...Object.entries(lines ?? defaults.lines).map(([name, line]) => ({
      kind: "line" as const,
      name,
      ...lineOf(line),
    })),
    ...Object.entries(zones).map(([name, zone]) => ({ kind: "zone" as const, name, ...zoneOf(zone) })),
  ];
  return drawn.map((shape, key) => ({ ...shape, key }));
}

/** What has to be changed in the file so that it has `after` in place of `before`. Nothing is taken out before the rest is in. */
export function changesBetween(before: readonly Shape[], after: readonly Shape[], camera: string): readonly Change[] {
  const [was, is] = [bodiesOf(before), bodiesOf(after)];
  const put = [...is].filter(([id, { text }]) => was.get(id)?.text !== text);
  const removed = [...was].filter(([id]) => !is.has(id));
  return [
    ...put.map(([, { spot, body }]) => ({ camera, spot, body })),
    ...removed.map(([, { spot }]) => ({ camera, spot })),
  ];
}

/** `before` once `change` has been made. */
export function withChange(
  before: readonly Shape[],
  after: readonly Shape[],
  { spot, body }: Change,
): readonly Shape[] {
  const isIt = ({ kind, name }: Shape): boolean => spot?.kind === `${kind}s` && spot.name === name.trim();
  return [...before.filter((shape) => !isIt(shape)), ...(body === undefined ? [] : after.filter(isIt))];
}

/** Why shapes with these names cannot be saved; null when they can. */
export function problemWithNames(shapes: readonly Shape[]): string | null {
  for (const kind of ["line", "zone"] as const) {
    const names = shapes.filter((shape) => shape.kind === kind).map(({ name }) => name.trim());
    if (names.includes("")) return `A ${kind} has no name.`;
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) return `Two ${kind}s are called ${twice}.`;
  }
  return null;
}

/** The first free one of Line 1, Line 2 and so on. */
export function nextName(kind: Shape["kind"], shapes: readonly Shape[]): string {
  const word = kind === "line" ? "Line" : "Zone";
  for (let number = 1; ; number++) {
    const name = `${word} ${number}`;
    if (!shapes.some((shape) => shape.kind === kind && shape.name === name)) return name;
  }
}

/** Whether a line is known by its place alone. */
export const isUnnamed = ({ kind, name }: Pick<Shape, "kind" | "name">): boolean =>
  kind === "line" && readSegment(name).ok;

/** What people call it. */
export const titleOf = (shape: Pick<Shape, "kind" | "name">): string =>
  isUnnamed(shape) || shape.name === "" ? `Unnamed ${shape.kind}` : shape.name;

function lineOf(line: Line): Pick<Shape, "points" | "rule"> {
  if (typeof line !== "string") {
    const { from, to, ...rule } = line;
    return { points: [pointOf(from), pointOf(to)], rule };
  }
  const reading = readSegment(line);
  return { points: reading.ok ? [pointOf(reading.from), pointOf(reading.to)] : [], rule: {} };
}

function zoneOf(zone: Zone): Pick<Shape, "points" | "rule"> {
  if (Array.isArray(zone)) return { points: zone.map(pointOf), rule: {} };
  const { polygon, ...rule } = zone;
  return { points: polygon.map(pointOf), rule };
}

function bodiesOf(shapes: readonly Shape[]) {
  return new Map(
    shapes.map((shape) => {
      const body = bodyOf(shape);
      const spot = { kind: `${shape.kind}s` as const, name: shape.name.trim() };
      return [`${spot.kind} ${spot.name}`, { spot, body, text: JSON.stringify(body) }];
    }),
  );
}

/** The shortest form of the file. */
function bodyOf({ kind, points, rule }: Shape): unknown {
  const pairs = points.map(pairOf);
  const isPlain = Object.keys(rule).length === 0;
  if (kind === "zone") return isPlain ? pairs : { polygon: pairs, ...rule };
  const [from, to] = pairs;
  return isPlain ? pairs.flat().join() : { from, to, ...rule };
}

const pointOf = ([x, y]: Pair): Point => ({ x, y });
/** Finer than a pixel of any camera. */
const pairOf = ({ x, y }: Point): Pair => [Math.round(x * 1e4) / 1e4, Math.round(y * 1e4) / 1e4];
