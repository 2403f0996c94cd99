import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { Connection, type ConnectionContext, type Subscriber } from "./connection.ts";
import { ClientError } from "./error.ts";

/** What a stream reads from: its messages wait in an inbox that its connection fills. */
export interface Feed<T> extends Subscriber {
  end(error?: Error): void;
  read(): AsyncIterable<T>;
}

/** Keeps a feed's connection for as long as somebody reads it. */
export async function* flow<T>(
  feed: Feed<T>,
  context: ConnectionContext,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const left = new AbortController();
  // Not waited for: it ends when the signal aborts, whatever it is at.
  void new Connection(context, feed).run(AbortSignal.any([signal, left.signal])).then(
    () => feed.end(),
    (thrown: unknown) => feed.end(asError(thrown)),
  );
  try {
    yield* feed.read();
  } finally {
    left.abort();
  }
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new ClientError("closed", "The connection failed", { cause: thrown });

/** What every subscription may ask for. */
export interface People {
  /** The id of an environment; every one that the credential allows when absent. */
  readonly environment?: string;
  /** 0..1. */
  readonly minConfidence?: number;
  /** People in any of these zones. */
  readonly zones?: readonly string[];
  /** By `person_id`. */
  readonly persons?: readonly number[];
}

/** Those filters as the wire has them; what is not asked for is left out. */
export const filtersOf = ({ environment, minConfidence, zones, persons }: People): wire.Filters => ({
  ...(environment !== undefined && { environment_id: environment }),
  ...(minConfidence !== undefined && { min_confidence: minConfidence }),
  ...(zones && { zone_ids: [...zones] }),
  ...(persons && { person_ids: [...persons] }),
});
