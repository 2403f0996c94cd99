/** Drawing on YUV 4:2:0 pictures: what an annotated stream needs, without a detour over RGB. Pixel coordinates. */
import type { Canvas, Plane } from "./codec.ts";
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows } from "./glyphs.ts";

/** Full-range BT.601 components, 0..255. */
export interface Colour {
  readonly y: number;
  readonly u: number;
  readonly v: number;
}

/** JPEG's (full-range BT.601) conversion. */
export function colour(red: number, green: number, blue: number): Colour {
  const y = 0.299 * red + 0.587 * green + 0.114 * blue;
  return { y: Math.round(y), u: Math.round(128 + 0.564 * (blue - y)), v: Math.round(128 + 0.713 * (red - y)) };
}

/** In pixels; fractions are rounded. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Fills the part of the rectangle that lies in the picture; a chroma sample it touches takes its colour. */
export function fillRect(canvas: Canvas, rect: Rect, fill: Colour): void {
  const [luma, u, v] = canvas.planes;
  const clipped = clip(rect, canvas);
  const x = clipped.x >> 1;
  const y = clipped.y >> 1;
  const width = ((clipped.x + clipped.width + 1) >> 1) - x;
  const height = ((clipped.y + clipped.height + 1) >> 1) - y;
  fillPlane(luma, clipped, fill.y);
  fillPlane(u, { x, y, width, height }, fill.u);
  fillPlane(v, { x, y, width, height }, fill.v);
}

/** Draws the rectangle's edges inwards. */
export function strokeRect(
  canvas: Canvas,
  rect: Rect,
  stroke: { readonly colour: Colour; readonly width: number },
): void {
  const { x, y, width, height } = rect;
  const w = stroke.width;
  fillRect(canvas, { x, y, width, height: w }, stroke.colour);
  fillRect(canvas, { x, y: y + height - w, width, height: w }, stroke.colour);
  fillRect(canvas, { x, y, width: w, height }, stroke.colour);
  fillRect(canvas, { x: x + width - w, y, width: w, height }, stroke.colour);
}

/** From one point to another, in pixels. */
export interface Segment {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Draws a line with square ends. */
export function drawLine(
  canvas: Canvas,
  line: Segment,
  stroke: { readonly colour: Colour; readonly width: number },
): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(line.x2 - line.x1), Math.abs(line.y2 - line.y1))));
  const w = stroke.width;
  for (let step = 0; step <= steps; step++) {
    const x = Math.round(line.x1 + ((line.x2 - line.x1) * step) / steps - w / 2);
    const y = Math.round(line.y1 + ((line.y2 - line.y1) * step) / steps - w / 2);
    fillRect(canvas, { x, y, width: w, height: w }, stroke.colour);
  }
}

/** Fills the ellipse that touches the four sides of `bounds`. */
export function fillEllipse(canvas: Canvas, bounds: Rect, fill: Colour): void {
  const radius = bounds.height / 2;
  for (let row = 0; row < bounds.height; row++) {
    const dy = (row + 0.5 - radius) / radius;
    const half = (Math.sqrt(Math.max(0, 1 - dy * dy)) * bounds.width) / 2;
    const x = Math.round(bounds.x + bounds.width / 2 - half);
    fillRect(canvas, { x, y: Math.round(bounds.y + row), width: Math.round(2 * half), height: 1 }, fill);
  }
}

/** Fills a polygon that bulges nowhere inwards, corners in order; elsewhere it fills what lies between its edges. */
export function fillConvex(canvas: Canvas, corners: readonly Corner[], fill: Colour): void {
  const heights = corners.map(({ y }) => y);
  const top = Math.max(0, Math.ceil(Math.min(...heights) - 0.5));
  const bottom = Math.min(canvas.size.height - 1, Math.floor(Math.max(...heights) - 0.5));
  for (let row = top; row <= bottom; row++) {
    let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    corners.forEach((b, i) => {
      const a = corners.at(i - 1) ?? b;
      const down = (row + 0.5 - a.y) / (b.y - a.y);
      if (!(down >= 0 && down <= 1)) return;
      const x = a.x + down * (b.x - a.x);
      left = Math.min(left, x);
      right = Math.max(right, x);
    });
    if (right >= left) fillRect(canvas, { x: left, y: row, width: right - left, height: 1 }, fill);
  }
}

interface Corner {
  readonly x: number;
  readonly y: number;
}

/** Draws in capitals from the upper left corner `at`; letters that have no glyph are left blank. */
export function drawText(
  canvas: Canvas,
  text: string,
  at: { readonly x: number; readonly y: number; readonly scale: number; readonly colour: Colour },
): void {
  const advance = (GLYPH_WIDTH + 1) * at.scale;
  [...text.toUpperCase()].forEach((letter, index) => {
    glyphRows(letter).forEach((bits, row) => {
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        if (!(bits & (1 << (GLYPH_WIDTH - 1 - column)))) continue;
        const x = at.x + index * advance + column * at.scale;
        fillRect(canvas, { x, y: at.y + row * at.scale, width: at.scale, height: at.scale }, at.colour);
      }
    });
  });
}

/** Pixels that `drawText` takes. */
export const textWidth = (text: string, scale: number): number => text.length * (GLYPH_WIDTH + 1) * scale;
/** Pixels of a row of text. */
export const textHeight = (scale: number): number => GLYPH_HEIGHT * scale;

const NOTHING: Rect = { x: 0, y: 0, width: 0, height: 0 };

function clip(rect: Rect, { size }: Canvas): Rect {
  const x = Math.max(0, Math.round(rect.x));
  const y = Math.max(0, Math.round(rect.y));
  const width = Math.min(size.width, Math.round(rect.x + rect.width)) - x;
  const height = Math.min(size.height, Math.round(rect.y + rect.height)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : NOTHING;
}

function fillPlane({ data, stride }: Plane, rect: Rect, value: number): void {
  for (let row = rect.y; row < rect.y + rect.height; row++) {
    data.fill(value, row * stride + rect.x, row * stride + rect.x + rect.width);
  }
}
