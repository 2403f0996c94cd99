import type { live } from "@sensorium/protocol/wire";
import type { Box, Boxes } from "./alignment.ts";
import { type DrawnLine, drawnLine, type Point } from "./line.ts";
import { bonesOf } from "./skeleton.ts";
import { drawnZone } from "./zone.ts";

/** CSS pixels of width from which on labels and lines have their full size. */
const FULL_SIZE_WIDTH = 640;

/** What is drawn over every picture. */
export interface Marks {
  readonly lines: readonly live.LineStatus[];
  readonly zones: readonly live.ZoneStatus[];
}

/** Everything that is to be seen on the canvas. */
export interface Scene {
  readonly bitmap: ImageBitmap;
  readonly boxes: Boxes | null;
  readonly marks: Marks;
  readonly classes: readonly string[];
  /** Canvas pixels per CSS pixel. */
  readonly ratio: number;
}

const IN = "#2dd4a7";
const OUT = "#fb9a4b";
const ZONE = "#7cc4ff";
const INK = "#0b0f14";
/** Under every stroke, so that it is seen on any picture. */
const SHADE = "rgb(11 15 20 / 60%)";

/** Draws picture, zones, lines and boxes over the whole canvas. */
export function paint(context: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height } = context.canvas;
  const shrink = Math.min(1, Math.max(0.75, width / scene.ratio / FULL_SIZE_WIDTH));
  const ratio = scene.ratio * shrink;
  context.drawImage(scene.bitmap, 0, 0, width, height);
  context.lineJoin = "round";
  context.lineCap = "round";
  context.textBaseline = "middle";
  context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  for (const zone of scene.marks.zones) paintZone(context, zone, ratio);
  for (const line of scene.marks.lines) paintLine(context, line, ratio);
  if (!scene.boxes) return;
  const { size, boxes } = scene.boxes;
  const scale = { x: width / size.width, y: height / size.height };
  for (const box of boxes) paintBox(context, { box, scale, ratio, classes: scene.classes });
}

/** The colour of a track; neighbours in number are far apart in hue. */
export const trackColor = (id: number): string => `hsl(${Math.round((id * 137.508) % 360)} 90% 66%)`;

function paintBox(
  context: CanvasRenderingContext2D,
  item: { box: Box; scale: { x: number; y: number }; ratio: number; classes: readonly string[] },
): void {
  const { box, scale, ratio, classes } = item;
  const [x, y] = [box.x1 * scale.x, box.y1 * scale.y];
  const [width, height] = [(box.x2 - box.x1) * scale.x, (box.y2 - box.y1) * scale.y];
  context.strokeStyle = "rgb(11 15 20 / 55%)";
  context.lineWidth = 4 * ratio;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = trackColor(box.id);
  context.lineWidth = 2 * ratio;
  context.strokeRect(x, y, width, height);
  if (box.keypoints) paintSkeleton(context, { keypoints: box.keypoints, color: trackColor(box.id), scale, ratio });
  const name = classes.length > 1 ? `${classes[box.classIndex] ?? "object"} ` : "";
  paintLabel(context, { text: `${name}${box.id}`, x: x - ratio, y: y - 10 * ratio, fill: trackColor(box.id), ratio });
}

interface DrawnSkeleton {
  readonly keypoints: readonly number[];
  readonly color: string;
  readonly scale: { readonly x: number; readonly y: number };
  readonly ratio: number;
}

function paintSkeleton(context: CanvasRenderingContext2D, { keypoints, color, scale, ratio }: DrawnSkeleton): void {
  context.beginPath();
  for (const [a, b] of bonesOf(keypoints)) {
    context.moveTo(a.x * scale.x, a.y * scale.y);
    context.lineTo(b.x * scale.x, b.y * scale.y);
  }
  for (const [stroke, thickness] of [
    [SHADE, 5],
    [color, 2.5],
  ] as const) {
    context.strokeStyle = stroke;
    context.lineWidth = thickness * ratio;
    context.stroke();
  }
}

function paintZone(context: CanvasRenderingContext2D, zone: live.ZoneStatus, ratio: number): void {
  const { width, height } = context.canvas;
  const { corners, label } = drawnZone(zone, width, height);
  trace(context, corners);
  context.fillStyle = zone.occupancy > 0 ? "rgb(124 196 255 / 24%)" : "rgb(124 196 255 / 10%)";
  context.fill();
  for (const [color, thickness] of [
    [SHADE, 5],
    [ZONE, 2],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = thickness * ratio;
    context.stroke();
  }
  const text = `${zone.id} ${zone.occupancy}`;
  paintLabel(context, { text, x: label.x, y: label.y + 16 * ratio, fill: ZONE, ratio, centred: true });
}

function trace(context: CanvasRenderingContext2D, corners: readonly Point[]): void {
  context.beginPath();
  for (const { x, y } of corners) context.lineTo(x, y);
  context.closePath();
}

function paintLine(context: CanvasRenderingContext2D, line: live.LineStatus, ratio: number): void {
  const { width, height } = context.canvas;
  const drawn = drawnLine(line, width, height);
  for (const [color, thickness] of [
    [SHADE, 6],
    ["#ffffff", 2.5],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = thickness * ratio;
    context.beginPath();
    context.moveTo(drawn.a.x, drawn.a.y);
    context.lineTo(drawn.b.x, drawn.b.y);
    context.stroke();
  }
  paintArrow(context, drawn, ratio);
  const beside = (distance: number) => ({
    x: drawn.middle.x + drawn.inward.x * distance * ratio,
    y: drawn.middle.y + drawn.inward.y * distance * ratio,
  });
  paintLabel(context, { text: `In ${line.in}`, ...beside(62), fill: IN, ratio, centred: true });
  paintLabel(context, { text: `Out ${line.out}`, ...beside(-42), fill: OUT, ratio, centred: true });
}

function paintArrow(context: CanvasRenderingContext2D, { middle, inward }: DrawnLine, ratio: number): void {
  const along = (forward: number, aside: number): [number, number] => [
    middle.x + (inward.x * forward - inward.y * aside) * ratio,
    middle.y + (inward.y * forward + inward.x * aside) * ratio,
  ];
  for (const [color, thickness] of [
    [SHADE, 7],
    [IN, 3.5],
  ] as const) {
    context.strokeStyle = color;
    context.lineWidth = thickness * ratio;
    context.beginPath();
    context.moveTo(...along(0, 0));
    context.lineTo(...along(30, 0));
    context.moveTo(...along(22, -8));
    context.lineTo(...along(31, 0));
    context.lineTo(...along(22, 8));
    context.stroke();
  }
}

/** A small plate with text, kept inside the canvas; `x` is its left edge, or its middle when centred. */
function paintLabel(
  context: CanvasRenderingContext2D,
  label: { text: string; x: number; y: number; fill: string; ratio: number; centred?: boolean },
): void {
  const { text, ratio } = label;
  const width = context.measureText(text).width + 12 * ratio;
  const height = 20 * ratio;
  const left = label.centred ? label.x - width / 2 : label.x;
  const x = Math.min(Math.max(left, 0), context.canvas.width - width);
  const y = Math.min(Math.max(label.y - height / 2, 0), context.canvas.height - height);
  context.fillStyle = label.fill;
  context.beginPath();
  context.roundRect(x, y, width, height, 4 * ratio);
  context.fill();
  context.fillStyle = INK;
  context.fillText(text, x + 6 * ratio, y + height / 2 + ratio * 0.5);
}
