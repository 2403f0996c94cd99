import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";

/** When a new track is somebody who was there before; what is left out takes its default. */
export interface PersonOptions {
  /** How long after the last sighting a track nearby may be the same person, by place and size alone (5 s). */
  readonly lostFor?: Micros;
  /** The same for a track that looks like them, wherever it begins (60 s). Not less than `lostFor`. */
  readonly rememberedFor?: Micros;
  /** Scalar product of two appearances from which they may be one person's wherever that is, 0..1 (0.75). */
  readonly minLikeness?: number;
}

/** Every option with its value. */
export type PersonSettings = Required<PersonOptions>;

/** Fills in defaults; throws `config-invalid` for values that link nothing. */
export function personSettings(options: PersonOptions): PersonSettings {
  const { lostFor = microsFromSeconds(5), rememberedFor = microsFromSeconds(60), minLikeness = 0.75 } = options;
  if (!(lostFor >= 0)) throw invalid(`lostFor must not be negative, not ${lostFor}`);
  if (!(rememberedFor >= lostFor)) throw invalid(`rememberedFor must be ${lostFor} or more, not ${rememberedFor}`);
  if (!(minLikeness >= 0 && minLikeness <= 1)) throw invalid(`minLikeness must be from 0 to 1, not ${minLikeness}`);
  return { lostFor, rememberedFor, minLikeness };
}

const invalid = (what: string): SensoriumError => new SensoriumError("config-invalid", `persons: ${what}`);
