import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import { type Polygon, polygonArea } from "../../geometry/polygon.ts";

/** What counts as a fall; what is left out takes its default. */
export interface FallOptions {
  /** Where people lie down, such as beds and sofas: corners in fractions of the picture. None falls with the hips there. */
  readonly exclude?: readonly Polygon[];
  /** How long somebody lies still before a fall is confirmed (2 s). Who moves on the floor takes three times as long. */
  readonly confirmAfter?: Micros;
  /** How long somebody is up again before they have recovered (1 s). */
  readonly recoverAfter?: Micros;
  /** How long somebody who is not seen is remembered as having fallen (60 s). */
  readonly forgetAfter?: Micros;
  /** The confidence from which a fall is told, 0..1 (0.5). Higher ones miss more and are wrong less often. */
  readonly minConfidence?: number;
}

/** Every option with its value. */
export type FallSettings = Required<FallOptions>;

/** Fills in defaults; throws `config-invalid` for values that mean nothing. */
export function fallSettings(options: FallOptions): FallSettings {
  const { exclude = [], minConfidence = 0.5 } = options;
  const { confirmAfter = microsFromSeconds(2), recoverAfter = microsFromSeconds(1) } = options;
  const { forgetAfter = microsFromSeconds(60) } = options;
  for (const corners of exclude) {
    const area = polygonArea(corners);
    if (!(area > 0 && area < Number.POSITIVE_INFINITY)) throw invalid("a zone needs corners that enclose an area");
  }
  for (const [name, time] of Object.entries({ confirmAfter, recoverAfter, forgetAfter })) {
    if (!(time >= 0)) throw invalid(`${name} must not be negative, not ${time}`);
  }
  if (!(minConfidence > 0 && minConfidence <= 1)) {
    throw invalid(`minConfidence must be above 0 and at most 1, not ${minConfidence}`);
  }
  return { exclude, confirmAfter, recoverAfter, forgetAfter, minConfidence };
}

const invalid = (what: string): SensoriumError => new SensoriumError("config-invalid", `falls: ${what}`);
