import { type LineId, type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import type { Anchor } from "../../geometry/box.ts";
import type { Line } from "../../geometry/line.ts";

/** A line to count at, in fractions of the picture; who crosses from its positive to its negative side goes in. */
export interface CountingLine extends Line {
  readonly id: LineId;
  /** Count a track at most once here, in whichever direction comes first. */
  readonly oncePerTrack?: boolean;
}

/** What to count and when a crossing is complete; what is left out takes its default. */
export interface CountingOptions {
  readonly lines: readonly CountingLine[];
  /** The point of a box that must cross (bottom-centre). */
  readonly anchor?: Anchor;
  /** A crossing is complete after this many sightings in a row beyond the line (10) … */
  readonly frames?: number;
  /** … or as soon as the anchor is further beyond it than this fraction of the picture's height (0.05). */
  readonly distance?: number;
  /** How long a track is remembered after its last sighting; longer than any gap the tracker bridges (30 s). */
  readonly forgetAfter?: Micros;
}

/** Every option with its value. */
export type CountingSettings = Required<CountingOptions>;

/** Fills in defaults; throws `config-invalid` for values that cannot count. */
export function countingSettings(options: CountingOptions): CountingSettings {
  const { lines, anchor = "bottom-centre", frames = 10, distance = 0.05 } = options;
  const { forgetAfter = microsFromSeconds(30) } = options;
  for (const { id, a, b } of lines) {
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (!(length > 0 && length < Number.POSITIVE_INFINITY)) throw invalid(`line ${id} needs two different end points`);
  }
  if (!(frames >= 1)) throw invalid(`frames must be at least 1, not ${frames}`);
  if (!(distance >= 0)) throw invalid(`distance must not be negative, not ${distance}`);
  if (!(forgetAfter >= 0)) throw invalid(`forgetAfter must not be negative, not ${forgetAfter}`);
  return { lines, anchor, frames, distance, forgetAfter };
}

const invalid = (what: string): SensoriumError => new SensoriumError("config-invalid", `counting: ${what}`);
