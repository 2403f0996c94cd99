import { z } from "zod";
import { CameraEvent } from "./events/camera.ts";
import { EnvironmentEvent } from "./events/environment.ts";

export * from "./events/camera.ts";
export * from "./events/environment.ts";

/**
 * What happened, as it is recorded and sent: every protocol, table and page is a projection of these.
 * `at` is media time in microseconds on the stream's clock; `wallMs` is the same instant in Unix milliseconds.
 */
export const SensoriumEvent = z.discriminatedUnion("type", [CameraEvent, EnvironmentEvent]);
export type SensoriumEvent = z.infer<typeof SensoriumEvent>;

/** Where an event stands in its node's durable log: offsets grow within an epoch, over all environments together. */
export interface StreamPosition {
  readonly epoch: string;
  readonly offset: number;
}

/** An event that is durable. */
export interface Recorded<E extends SensoriumEvent = SensoriumEvent> {
  readonly event: E;
  readonly position: StreamPosition;
}
