/** The golden files of the protocols: examples of every message, by their names, for tests of whoever speaks one. */
export { golden as detectorWorker } from "./detector-worker/v1/golden.ts";
export { golden as peopleCounter } from "./people-counter/v1/golden.ts";
export { golden as wifiDensepose } from "./wifi-densepose/v1/golden.ts";
