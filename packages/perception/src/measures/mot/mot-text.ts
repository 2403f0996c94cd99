import { SensoriumError, type Tracked } from "@sensorium/protocol";

/** What an error message calls a text, and how long its sequence is. */
export interface MotTextOptions {
  /** The file's name. */
  readonly name: string;
  /** How many frames the sequence has. */
  readonly frames: number;
}

/** One line: frame, identity, left, top, width, height, confidence, class. */
type Row = readonly [frame: number, id: number, x: number, y: number, width: number, height: number, ...rest: number[]];

/**
 * Reads a text of the MOTChallenge (Leal-Taixé et al. 2015, arXiv 1504.01942), detections or ground truth: lines of
 * frame, identity, left, top, width, height, confidence and, in ground truth, class and visibility, in any order.
 *
 * Returns one item per frame of the sequence, the video's first frame first. `tracks` holds identities, -1 in
 * detections; `classes` the class, 0 where there is none. Throws `source-invalid`, naming the line, for anything else.
 */
export function parseMotText(text: string, { name, frames }: MotTextOptions): Tracked[] {
  const rows: Row[][] = Array.from({ length: frames }, () => []);
  const seen = new Set<string>();
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const refuse = (what: string): never => {
      throw new SensoriumError("source-invalid", `${name} line ${index + 1}: ${what}`);
    };
    const row = parseRow(line) ?? refuse("not seven or more numbers: frame, id, left, top, width, height, confidence");
    const [frame, id] = row;
    const here = rows[frame - 1] ?? refuse(`frame ${frame} is not one of the sequence's ${frames}`);
    if (id > 0 && seen.has(`${frame} ${id}`)) refuse(`identity ${id} is in frame ${frame} twice`);
    seen.add(`${frame} ${id}`);
    here.push(row);
  });
  return rows.map(trackedOf);
}

function parseRow(line: string): Row | undefined {
  const fields = line.split(",");
  const [frame = 0, id = 0, x = 0, y = 0, width = 0, height = 0, ...rest] = fields.map(Number);
  const numbers = fields.every((field) => field.trim() !== "" && Number.isFinite(Number(field)));
  return numbers && fields.length >= 7 && Number.isInteger(id) ? [frame, id, x, y, width, height, ...rest] : undefined;
}

const trackedOf = (rows: readonly Row[]): Tracked => ({
  count: rows.length,
  boxes: Float32Array.from(rows.flatMap(([, , x, y, width, height]) => [x, y, x + width, y + height])),
  scores: Float32Array.from(rows, ([, , , , , , confidence = 0]) => confidence),
  classes: Uint16Array.from(rows, ([, , , , , , , kind = 0]) => Math.max(0, kind)),
  tracks: Int32Array.from(rows, ([, id]) => id),
});
