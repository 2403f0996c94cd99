import type { CountingLine } from "@sensorium/perception";
import { lineId, SensoriumError } from "@sensorium/protocol";

/** Across the middle of the picture; people who walk to the right go in. */
export const DEFAULT_LINE = "0.5,0,0.5,1";

const FORM = "x1,y1,x2,y2 in fractions of the picture, as in 0.72,0.2,0.72,1";

/**
 * A counting line as people write it: `x1,y1,x2,y2`, or `door=x1,y1,x2,y2` to name it. An unnamed line is called by
 * its place, so that counts never continue on a line that was moved.
 * @throws SensoriumError "config-invalid" naming what is wrong.
 */
export function parseLine(text: string): CountingLine {
  const [, name, coordinates = ""] = /^(?:([^=,]+)=)?(.*)$/s.exec(text.trim()) ?? [];
  const values = coordinates.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [x1, y1, x2, y2] = values;
  if (values.length !== 4 || x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) {
    throw invalid(text, `it has ${values.length} numbers; a line is ${FORM}`);
  }
  if (!values.every(Number.isFinite)) throw invalid(text, `not every part is a number; a line is ${FORM}`);
  if (values.some((value) => value < 0 || value > 1)) {
    throw invalid(text, `it lies outside the picture; a line is ${FORM}, each from 0 to 1`);
  }
  if (x1 === x2 && y1 === y2) throw invalid(text, "its two ends are the same point");
  return { id: lineId(name ?? [x1, y1, x2, y2].join()), a: { x: x1, y: y1 }, b: { x: x2, y: y2 } };
}

const invalid = (text: string, why: string): SensoriumError =>
  new SensoriumError("config-invalid", `the line "${text}" cannot be used: ${why}`);
