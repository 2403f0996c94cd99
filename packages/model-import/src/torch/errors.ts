import { SensoriumError } from "@sensorium/protocol";

/** A `model-unsupported` error: the file is what it should be, and cannot be used. */
export function unsupported(message: string): SensoriumError {
  return new SensoriumError("model-unsupported", message);
}
