import type { Failure, ReplyCode } from "@sensorium/protocol/rest";

/** Why something ended for good. */
export type ClientErrorCode =
  /** Not a `ws`, `wss`, `http` or `https` address. */
  | "address-invalid"
  /** The server does not take the credential, and there is no other. */
  | "credentials-refused"
  /** The credential is good, but not for this. */
  | "not-allowed"
  /** The server does not know what was subscribed to; the message says which part. */
  | "subscription-refused"
  /** The server ended the connection in a way after which nobody is to come back. */
  | "closed"
  /** The server did not answer a request. */
  | "unreachable"
  /** The server answered a request with an error. */
  | "request-failed";

/** How the server refused a request. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** The server's own; null for what something between here and there said. */
  readonly code: ReplyCode | null;
  /** Such as the field that is not understood, or when a limit ends. */
  readonly details: Failure["error"]["details"];
  /** After how many seconds it may be asked again; null where it does not say. */
  readonly retryAfter: number | null;
}

/** What is known of an error besides its code and sentence. */
export interface ClientErrorOptions extends ErrorOptions {
  readonly retryable?: boolean;
  readonly refusal?: Refusal;
}

/** The one error this package throws. `message` is a sentence that holds no credential. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** Undefined where no request was refused. */
  readonly refusal: Refusal | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.refusal = options.refusal;
  }
}
