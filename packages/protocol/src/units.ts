/** A number whose unit is part of its type. */
type Unit<Name extends string> = number & { readonly __unit: Name };

/** Media time on a stream's own clock, in microseconds. */
export type Micros = Unit<"us">;
/** Wall time in milliseconds since the Unix epoch; appears only where a record leaves the process. */
export type WallMs = Unit<"wall-ms">;

export const micros = (value: number): Micros => Math.round(value) as Micros;
export const microsFromSeconds = (seconds: number): Micros => micros(seconds * 1e6);
export const secondsOf = (at: Micros): number => at / 1e6;
export const wallMs = (value: number): WallMs => Math.round(value) as WallMs;
