import { type ErrorCode, reasonOf, SensoriumError } from "@sensorium/protocol";

/** An error as it crosses threads, where classes are lost. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** What to send for whatever was thrown; `fallback` is the code of errors that are not the project's own. */
export function toWireError(thrown: unknown, fallback: ErrorCode = "internal"): WireError {
  if (thrown instanceof SensoriumError) {
    const { code, message, retryable } = thrown;
    return { code, message, retryable };
  }
  return { code: fallback, message: reasonOf(thrown), retryable: fallback === "internal" };
}

export function fromWireError({ code, message, retryable }: WireError): SensoriumError {
  return new SensoriumError(code, message, { retryable });
}
