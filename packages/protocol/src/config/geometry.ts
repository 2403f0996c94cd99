import { z } from "zod";

const fraction = z.number().min(0).max(1);

/** A place in the picture, in fractions of it from the top left: `[x, y]`. */
export const Point = z
  .tuple([fraction, fraction], { error: "must be a point [x, y] in fractions of the picture" })
  .describe("A point [x, y] in fractions of the picture, from its top left");
export type Point = z.infer<typeof Point>;

/** The two ends of a line, or why a text does not name them. */
export type SegmentReading =
  | { readonly ok: true; readonly from: Point; readonly to: Point }
  | { readonly ok: false; readonly reason: string };

const FORM = "a line is x1,y1,x2,y2 in fractions of the picture, as in 0.72,0.2,0.72,1";

/** Reads `x1,y1,x2,y2`. Never throws. */
export function readSegment(text: string): SegmentReading {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [x1, y1, x2, y2] = values;
  if (values.length !== 4 || x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) {
    return { ok: false, reason: `it has ${values.length} numbers; ${FORM}` };
  }
  if (!values.every(Number.isFinite)) return { ok: false, reason: `not every part is a number; ${FORM}` };
  if (values.some((value) => value < 0 || value > 1)) {
    return { ok: false, reason: `it lies outside the picture; ${FORM}, each from 0 to 1` };
  }
  if (x1 === x2 && y1 === y2) return { ok: false, reason: "its two ends are the same point" };
  return { ok: true, from: [x1, y1], to: [x2, y2] };
}

/** The point of a box that stands for the whole person or thing. */
export const Anchor = z.enum([
  "top-left",
  "top-centre",
  "top-right",
  "centre-left",
  "centre",
  "centre-right",
  "bottom-left",
  "bottom-centre",
  "bottom-right",
]);

const LineText = z
  .string()
  .superRefine((text, context) => {
    const reading = readSegment(text);
    if (!reading.ok) context.addIssue(reading.reason);
  })
  .meta({ examples: ["0.72,0.2,0.72,1"] })
  .describe("The two ends of the line as x1,y1,x2,y2");

const LineObject = z
  .strictObject({
    from: Point.describe("Where the line begins, [x, y]"),
    to: Point.describe(
      "Where the line ends, [x, y]; looking from its beginning to its end, who passes to the left goes in",
    ),
    anchor: Anchor.optional().describe("The point of a box that must cross (bottom-centre: the feet)"),
    oncePerTrack: z.boolean().optional().describe("Count everybody at most once here, in whichever direction is first"),
    frames: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("A crossing is complete after this many sightings in a row beyond the line (10) …"),
    distance: fraction
      .optional()
      .describe("… or as soon as the anchor is further beyond it than this fraction of the picture's height (0.05)"),
  })
  .refine(({ from, to }) => from[0] !== to[0] || from[1] !== to[1], "its two ends are the same point");

/** A line to count at. */
export const Line = z.union([LineText, LineObject]).describe("A line to count at");
export type Line = z.infer<typeof Line>;

/** The corners of an area, in order around it. */
export const Polygon = z
  .array(Point)
  .min(3, { error: "must have at least three corners", abort: true })
  .max(100)
  .refine((corners) => areaOf(corners) > 0, "encloses no area")
  .describe("Corners [x, y] in order around the area");

function areaOf(corners: readonly Point[]): number {
  const twice = corners.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}
