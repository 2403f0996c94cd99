import { bodyRegions, type PeopleFrame, type Polygon } from "@sensorium/perception";
import type { Canvas } from "../codec/codec.ts";
import { type Colour, colour, drawText, fillConvex, fillRect } from "../codec/draw.ts";
import { type Occupant, ROOM_SIZE, type SimulatedRoom } from "../sources/simulated/room.ts";

const WALL = colour(206, 212, 218);
const FLOOR = colour(150, 142, 130);
const SKIRTING = colour(110, 104, 96);
const SKIN = colour(214, 170, 140);
const SHOES = colour(40, 36, 34);
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
/** The floor ends as far away as the wall is. */
const HORIZON = 0.34;

/** The parts of a body from the back to the front, as DensePose numbers them, and what is worn there. */
const WORN: readonly (readonly [parts: readonly number[], what: "skin" | "shoes" | "trousers" | "clothes"])[] = [
  [[5, 6], "shoes"],
  [[7, 8, 9, 10, 11, 12, 13, 14], "trousers"],
  [[3, 4], "skin"],
  [[1, 2], "clothes"],
  [[23, 24], "skin"],
  [[15, 16, 17, 18, 19, 20, 21, 22], "clothes"],
];

/** Paints the simulated room as it is `seconds` after it opened. */
export function paintRoom(canvas: Canvas, room: SimulatedRoom, seconds: number): void {
  const { width, height } = canvas.size;
  const horizon = Math.round(height * HORIZON);
  fillRect(canvas, { x: 0, y: 0, width, height: horizon }, WALL);
  fillRect(canvas, { x: 0, y: horizon, width, height: height - horizon }, FLOOR);
  fillRect(canvas, { x: 0, y: horizon, width, height: 6 }, SKIRTING);
  drawText(canvas, "SIMULATED", { x: width - 178, y: 16, scale: 3, colour: NOTICE });
  for (const occupant of room.people(seconds)) paintPerson(canvas, occupant);
}

function paintPerson(canvas: Canvas, occupant: Occupant): void {
  const regions = new Map(bodyRegions(frameOf(occupant), 0).map(({ part, polygon }) => [part, polygon]));
  const clothes = CLOTHES[occupant.index % CLOTHES.length] ?? SKIRTING;
  const colours = { skin: SKIN, shoes: SHOES, trousers: TROUSERS, clothes };
  for (const [parts, what] of WORN) {
    for (const part of parts) fillConvex(canvas, regions.get(part) ?? NOWHERE, colours[what]);
  }
}

const NOWHERE: Polygon = [];

const frameOf = ({ index, keypoints }: Occupant): PeopleFrame => ({
  tracked: {
    count: 1,
    boxes: new Float32Array(4),
    scores: Float32Array.of(1),
    classes: new Uint16Array(1),
    tracks: Int32Array.of(index + 1),
  },
  size: ROOM_SIZE,
  persons: Int32Array.of(index + 1),
  keypoints: Float32Array.from(keypoints.flatMap(({ x, y, score }) => [x, y, score])),
});
