import type { SinkAddress } from "./address.ts";
import type { Delivery } from "./delivery.ts";

/** A delivery with what belongs to it. */
export interface Parcel {
  /** Unique; stays the same when it is sent again. */
  readonly id: string;
  readonly delivery: Delivery;
  readonly picture: Uint8Array | null;
  /** Unix milliseconds from which on it is pointless; null never. */
  readonly expiresMs: number | null;
}

/**
 * What became of a parcel. `refused`: the sink will never take it. `failed`: something went wrong with it, though the
 * sink is there; another try may go well. Reasons hold no credentials.
 */
export type Outcome = "done" | { readonly refused: string } | { readonly failed: string };

/** A connection to a server, for one parcel at a time. Disposing it takes about a second at most. */
export interface Sink extends AsyncDisposable {
  /** Aborts, with the error, when the server has gone away while nothing is being sent. */
  readonly lost: AbortSignal;
  /** @throws SensoriumError, retryable, when the server is away or cannot take anything now. */
  deliver(parcel: Parcel, signal: AbortSignal): Promise<Outcome>;
}

export interface ConnectOptions {
  /** When it aborts, what is under way is cut short a moment later. */
  readonly signal: AbortSignal;
  /** How long a server may keep us waiting for an answer. */
  readonly timeoutMs: number;
}

/** @throws SensoriumError, retryable, when the server cannot be reached or does not let us in. */
export type Connect = (address: SinkAddress, options: ConnectOptions) => Promise<Sink>;

/** Drivers are loaded on demand: each costs memory that a node without such a sink need not spend. */
export const connectSink: Connect = async (address, options) => {
  switch (address.kind) {
    case "redis":
      return (await import("./redis.ts")).connectRedis(address, options);
    case "postgresql":
      return (await import("./postgresql.ts")).connectPostgresql(address, options.signal);
    case "mqtt":
      return (await import("./mqtt.ts")).connectMqtt(address, options);
    case "webhook":
      return (await import("./webhook.ts")).connectWebhook(address, options);
  }
};
