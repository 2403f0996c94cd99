import { type Micros, microsFromSeconds, SensoriumError, type ZoneId } from "@sensorium/protocol";
import type { Anchor } from "../../geometry/box.ts";
import { type Polygon, polygonArea } from "../../geometry/polygon.ts";

/** An area of the picture that people stay in. */
export interface Zone {
  readonly id: ZoneId;
  /** Corners in fractions of the picture; the edge belongs to the zone. */
  readonly corners: Polygon;
}

/** Which areas to watch and when somebody is in them; what is left out takes its default. */
export interface ZoneOptions {
  readonly zones: readonly Zone[];
  /** The point of a box that must be inside (bottom-centre). */
  readonly anchor?: Anchor;
  /** How long a track is seen inside before it has entered (0.5 s). */
  readonly enterAfter?: Micros;
  /** How long a track that has entered is seen outside before it has left (0.5 s). */
  readonly leaveAfter?: Micros;
  /** How long after its last sighting a track has left; longer than any gap the tracker bridges (3 s). */
  readonly forgetAfter?: Micros;
}

/** Every option with its value. */
export type ZoneSettings = Required<ZoneOptions>;

/** Fills in defaults; throws `config-invalid` for values that enclose or time nothing. */
export function zoneSettings(options: ZoneOptions): ZoneSettings {
  const { zones, anchor = "bottom-centre" } = options;
  const { enterAfter = microsFromSeconds(0.5), leaveAfter = microsFromSeconds(0.5) } = options;
  const { forgetAfter = microsFromSeconds(3) } = options;
  for (const { id, corners } of zones) {
    const area = polygonArea(corners);
    if (!(area > 0 && area < Number.POSITIVE_INFINITY)) throw invalid(`zone ${id} needs corners that enclose an area`);
  }
  for (const [name, time] of Object.entries({ enterAfter, leaveAfter, forgetAfter })) {
    if (!(time >= 0)) throw invalid(`${name} must not be negative, not ${time}`);
  }
  return { zones, anchor, enterAfter, leaveAfter, forgetAfter };
}

const invalid = (what: string): SensoriumError => new SensoriumError("config-invalid", `zones: ${what}`);
