import type { Canvas } from "./codec.ts";
import { colour, drawLine, drawText, fillRect, strokeRect, textHeight, textWidth } from "./draw.ts";

/** What is drawn into an annotated picture. All coordinates are fractions of the picture. */
export interface Overlay {
  readonly boxes: readonly {
    readonly x1: number;
    readonly y1: number;
    readonly x2: number;
    readonly y2: number;
    readonly label: string;
  }[];
  readonly lines: readonly {
    readonly a: { readonly x: number; readonly y: number };
    readonly b: { readonly x: number; readonly y: number };
  }[];
  /** Drawn in the upper left corner, one per row. */
  readonly captions: readonly string[];
}

const BOX = colour(64, 220, 120);
const LINE = colour(255, 196, 0);
const TEXT = colour(255, 255, 255);
const SHADE = colour(16, 16, 16);

/** Draws boxes with their labels, counting lines and captions, sized to the picture. */
export function annotate(canvas: Canvas, overlay: Overlay): void {
  const { width, height } = canvas.size;
  const scale = Math.max(1, Math.round(height / 300));
  for (const { a, b } of overlay.lines) {
    const segment = { x1: a.x * width, y1: a.y * height, x2: b.x * width, y2: b.y * height };
    drawLine(canvas, segment, { colour: LINE, width: 2 * scale });
  }
  for (const { x1, y1, x2, y2, label } of overlay.boxes) {
    const rect = { x: x1 * width, y: y1 * height, width: (x2 - x1) * width, height: (y2 - y1) * height };
    strokeRect(canvas, rect, { colour: BOX, width: 2 * scale });
    caption(canvas, label, { x: rect.x, y: rect.y - textHeight(scale) - 2 * scale, scale });
  }
  const large = scale + 1;
  const rowHeight = textHeight(large) + 3 * large;
  overlay.captions.forEach((text, row) => {
    caption(canvas, text, { x: 4 * scale, y: 4 * scale + row * rowHeight, scale: large });
  });
}

function caption(canvas: Canvas, text: string, at: { x: number; y: number; scale: number }): void {
  const x = Math.max(0, Math.round(at.x));
  const y = Math.max(0, Math.round(at.y));
  const pad = at.scale;
  const width = textWidth(text, at.scale) + pad;
  fillRect(canvas, { x, y, width, height: textHeight(at.scale) + 2 * pad }, SHADE);
  drawText(canvas, text, { x: x + pad, y: y + pad, scale: at.scale, colour: TEXT });
}
