import type { CountingLine } from "@sensorium/perception";
import { lineId, SensoriumError } from "@sensorium/protocol";
import { readSegment } from "@sensorium/protocol/config";

/**
 * A counting line as people write it: `x1,y1,x2,y2`, or `door=x1,y1,x2,y2` to name it. An unnamed line is called by
 * its place, so that counts never continue on a line that was moved.
 * @throws SensoriumError "config-invalid" naming what is wrong.
 */
export function parseLine(text: string): CountingLine {
  const [, name, coordinates = ""] = /^(?:([^=,]+)=)?(.*)$/s.exec(text.trim()) ?? [];
  const reading = readSegment(coordinates);
  if (!reading.ok) throw new SensoriumError("config-invalid", `the line "${text}" cannot be used: ${reading.reason}`);
  const { from, to } = reading;
  return {
    id: lineId(name ?? [...from, ...to].join()),
    a: { x: from[0], y: from[1] },
    b: { x: to[0], y: to[1] },
  };
}
