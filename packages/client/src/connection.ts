import { CLOSE, reconnectAfter } from "@sensorium/protocol/streaming";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { type ClientClock, sleep } from "./clock.ts";
import type { Codec } from "./codec.ts";
import type { Credentials } from "./credentials.ts";
import { ClientError } from "./error.ts";
import { retryDelayMs } from "./retry.ts";
import { type Closing, Session } from "./session.ts";
import type { OpenSocket } from "./socket.ts";

/** What the connections of one client share. */
export interface ConnectionContext {
  readonly url: string;
  readonly codec: Codec;
  readonly clock: ClientClock;
  readonly credentials: Credentials;
  readonly open: OpenSocket;
  /** What the server says of a connection, and that one was lost. */
  notice(notice: Notice): void;
}

/** What is no pose and no event: how the connection is, and what went wrong. */
export type Notice =
  | wire.ErrorMessage
  | wire.ConnectionStatusMessage
  | wire.TokenExpiredMessage
  | wire.DisconnectMessage;

/** What is asked for over one connection, and who hears the answers. */
export interface Subscriber {
  /** Resolves when everything that it has heard was read. */
  emptied(): Promise<void>;
  /** What to ask for, at every connection. */
  request(): wire.SubscribeMessage["data"];
  subscribed(ack: wire.Ack): void;
  /** A pose, event or heartbeat; false when there is no room for more: then nothing comes until it is `emptied`. */
  hear(message: wire.ServerMessage): boolean;
}

/** A connection that lasted this long was a success: the next delay starts small again. */
const HEALTHY_MS = 10_000;
const PAUSED: Closing = { code: CLOSE.done.code, reason: "paused" };
const STOPPED: Closing = { code: CLOSE.done.code, reason: "stopped" };

/** One connection that comes back by itself, as the server's close codes say. */
export class Connection {
  readonly #context: ConnectionContext;
  readonly #subscriber: Subscriber;
  /** Why the server did not accept a subscription. */
  #refusal = "";

  constructor(context: ConnectionContext, subscriber: Subscriber) {
    this.#context = context;
    this.#subscriber = subscriber;
  }

  /** Keeps it until the signal aborts; throws a {@link ClientError} when coming back cannot help. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    for (let failures = 0; !signal.aborted; ) {
      const openedMs = clock.now();
      const closing = await this.#live(signal);
      if (signal.aborted) return;
      if (closing === PAUSED) {
        await Promise.race([this.#subscriber.emptied(), stopped]);
        continue;
      }
      failures = clock.now() - openedMs >= HEALTHY_MS ? 1 : failures + 1;
      await sleep(this.#delayAfter(closing, failures), clock, signal);
    }
  }

  /** One socket's life, with what follows from its end for the credential. */
  async #live(signal: AbortSignal): Promise<Closing> {
    const { url, codec, clock, credentials, open } = this.#context;
    let token: string | undefined;
    try {
      token = await credentials.current();
    } catch (thrown) {
      if (thrown instanceof ClientError && !thrown.retryable) throw thrown;
      return { code: CLOSE.lost.code, reason: "no_credentials" };
    }
    const session = new Session({
      ...{ codec, clock, credentials, token },
      socket: open(url, codec.subprotocol),
      request: this.#subscriber.request(),
      hear: (message) => this.#hear(message, session),
    });
    const stop = (): void => session.close(STOPPED);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const closing = await session.ended;
    signal.removeEventListener("abort", stop);
    if (reconnectAfter(closing.code) === "with-new-credential") credentials.refuse(session.token);
    return closing;
  }

  #hear(message: wire.ServerMessage, session: Session): void {
    switch (message.type) {
      case "ack":
        if (message.data.message_type === "subscribe") this.#subscribed(message.data, session);
        return;
      case "error":
        if (message.data.error_code === "SUBSCRIPTION_ERROR") this.#refusal = sentenceOf(message.data.details);
        this.#context.notice(message);
        return;
      case "connection_status":
      case "token_expired":
      case "disconnect":
        this.#context.notice(message);
        return;
      default:
        if (!this.#subscriber.hear(message)) session.close(PAUSED);
    }
  }

  #subscribed(ack: wire.Ack, session: Session): void {
    if (ack.status === "success") this.#subscriber.subscribed(ack);
    else session.close({ code: REFUSED, reason: this.#refusal });
  }

  /** Says that the connection was lost, and returns the milliseconds to wait; throws when it is not to come back. */
  #delayAfter({ code, reason }: Closing, failures: number): number {
    const { clock, notice } = this.#context;
    if (code === REFUSED) throw new ClientError("subscription-refused", reason);
    const delayMs = retryDelayMs(reconnectAfter(code), failures, clock.random());
    if (delayMs === null) throw endOf(code, reason);
    const details = { reason: reason || "connection_lost", retry_after: Math.ceil(delayMs / 1000), max_retries: null };
    const data = { error_code: "CONNECTION_ERROR", message: "WebSocket connection lost", details } as const;
    notice({ type: "error", timestamp: new Date(clock.now()).toISOString(), data });
    return delayMs;
  }
}

/** Never sent: closes a connection over which the server delivers not all that was asked for. */
const REFUSED = 0;

const sentenceOf = ({ field, reason }: { readonly field: string; readonly reason: string }): string =>
  `The server refused the subscription: ${field}: ${reason}`;

function endOf(code: number, reason: string): ClientError {
  if (code === CLOSE.notAllowed.code) {
    return new ClientError("not-allowed", "The credentials do not allow this");
  }
  const why = reason ? `: ${reason}` : "";
  return new ClientError("closed", `The server closed the connection for good (${code}${why})`);
}
