import { SensoriumError } from "@sensorium/protocol";

/**
 * The `SensoriumError` that a reader throws, as `code: message`, or "accepted". Any other exception, and a message that
 * is no sentence, is passed on as a failure.
 */
export async function refusalOf(read: () => unknown): Promise<string> {
  try {
    await read();
    return "accepted";
  } catch (error) {
    if (error instanceof SensoriumError && /^[A-Z].{5,700}\.$/.test(error.message))
      return `${error.code}: ${error.message}`;
    throw error;
  }
}
