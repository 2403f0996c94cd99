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

/** The one error this package throws. `message` is a sentence that holds no credential. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;

  constructor(code: ClientErrorCode, message: string, options: ErrorOptions & { readonly retryable?: boolean } = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
