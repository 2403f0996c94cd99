export * from "./detections.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./ids.ts";
export * as live from "./live/v1/schema.ts";
export * from "./local-time.ts";
export * as peopleCounter from "./people-counter/v1/schema.ts";
export * from "./units.ts";
