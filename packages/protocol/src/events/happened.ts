import { z } from "zod";

/** What every event says. */
export const happened = {
  /** UUID version 7; the key that makes a second delivery harmless. */
  id: z.string(),
  /** The room, ward or shop in which it happened; what was recorded before there were several is of this one. */
  environment: z.string().default("default"),
  wallMs: z.number().int(),
  /** Which model found it; absent where no model was involved. */
  model: z.string().optional(),
  /** True when it came from the simulator, at every step of its way. */
  simulated: z.boolean(),
};

/** A place in fractions of the picture. */
export const inFractions = z.object({ x: z.number(), y: z.number() });

/** Of the picture, in pixels. */
export const pictureSize = z.object({ width: z.number().int().positive(), height: z.number().int().positive() });
export const number = z.number().int().positive();

/** Somebody, over all tracks of their environment since it began, and the track by which they were seen. */
export const somebody = {
  person: number,
  track: number,
};
