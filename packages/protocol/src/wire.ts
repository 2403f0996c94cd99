/** The schemas of everything that is stored or sent. */
export * as detectorWorker from "./detector-worker/v1/schema.ts";
export * from "./events.ts";
export * as audit from "./http/audit.ts";
export * as auth from "./http/auth.ts";
export * from "./http/paging.ts";
export * as live from "./live/v1/schema.ts";
export * as peopleCounter from "./people-counter/v1/schema.ts";
export * as wifiDensepose from "./wifi-densepose/v1/schema.ts";
