/** The vocabulary. Schemas are in `wire.ts`: threads that only compute do not load them. */
export * from "./detections.ts";
export * from "./errors.ts";
export type * from "./events.ts";
export * from "./ids.ts";
export * from "./local-time.ts";
export * from "./units.ts";
