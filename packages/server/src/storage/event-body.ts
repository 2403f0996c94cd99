import { SensoriumError } from "@sensorium/protocol";
import { SensoriumEvent } from "@sensorium/protocol/wire";

/** An event as it was written; `which` one it is says the error. */
export function parseBody(body: string, which: string): SensoriumEvent {
  try {
    return SensoriumEvent.parse(JSON.parse(body));
  } catch (cause) {
    throw new SensoriumError("store-failed", `the event ${which} cannot be read`, { cause });
  }
}
