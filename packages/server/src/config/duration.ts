import { durationMs } from "@sensorium/protocol/config";

/** A duration that the schema has let through, in milliseconds. */
export function milliseconds(duration: string): number {
  const ms = durationMs(duration);
  if (ms === undefined) throw new Error(`an unchecked duration: ${duration}`);
  return ms;
}
