/** Every failure a caller can branch on. Foreign errors are translated into one of these where they are met. */
export type ErrorCode =
  | "config-invalid"
  | "source-unreachable"
  | "source-refused"
  | "source-timeout"
  | "source-invalid"
  | "source-ended"
  | "codec-unsupported"
  | "model-invalid"
  | "model-unsupported"
  | "model-not-found"
  | "bundle-invalid"
  | "frame-released"
  | "worker-lost"
  | "store-failed"
  | "cancelled"
  | "internal";

/** The project's one error class. `message` is a clear sentence, safe to show: it never holds credentials. */
export class SensoriumError extends Error {
  override readonly name = "SensoriumError";
  readonly code: ErrorCode;
  /** Whether trying the same again later can succeed. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { readonly retryable?: boolean } = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** A non-empty, one-line reason for a log or an event, whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.split("\n", 1)[0] || "unknown error";
}
