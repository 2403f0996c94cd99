import type { Canvas } from "../codec/codec.ts";
import { type Colour, colour, drawText, fillEllipse, fillRect } from "../codec/draw.ts";
import { type Walker, walkersAt } from "../sources/simulated-room.ts";

const WALL = colour(206, 212, 218);
const FLOOR = colour(150, 142, 130);
const SKIRTING = colour(110, 104, 96);
const SKIN = colour(214, 170, 140);
const TROUSERS = colour(52, 58, 70);
const NOTICE = colour(90, 96, 104);
const CLOTHES: readonly Colour[] = [
  colour(46, 98, 160),
  colour(170, 60, 60),
  colour(58, 128, 84),
  colour(190, 140, 50),
  colour(110, 76, 150),
  colour(80, 84, 92),
];

/** Paints the simulated room as it is `seconds` after it opened. */
export function paintRoom(canvas: Canvas, seed: number, seconds: number): void {
  const { width, height } = canvas.size;
  const horizon = Math.round(height * 0.52);
  fillRect(canvas, { x: 0, y: 0, width, height: horizon }, WALL);
  fillRect(canvas, { x: 0, y: horizon, width, height: height - horizon }, FLOOR);
  fillRect(canvas, { x: 0, y: horizon, width, height: 6 }, SKIRTING);
  drawText(canvas, "SIMULATED", { x: width - 178, y: 16, scale: 3, colour: NOTICE });
  for (const walker of walkersAt(seed, seconds)) paintWalker(canvas, walker);
}

function paintWalker(canvas: Canvas, { index, x, y, height, stride }: Walker): void {
  const head = height * 0.14;
  const body = height * 0.2;
  const hip = y - height * 0.45;
  const step = Math.sin(stride * 2 * Math.PI) * height * 0.09;
  for (const side of [-1, 1]) {
    const foot = x + side * step - height * 0.04;
    fillRect(canvas, { x: foot, y: hip, width: height * 0.08, height: y - hip }, TROUSERS);
  }
  const clothes = CLOTHES[index % CLOTHES.length] ?? SKIRTING;
  fillEllipse(canvas, { x: x - body / 2, y: y - height * 0.87, width: body, height: height * 0.5 }, clothes);
  fillEllipse(canvas, { x: x - head / 2, y: y - height, width: head, height: head * 1.15 }, SKIN);
}
