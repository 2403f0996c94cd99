import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ConnectionContext } from "./connection.ts";
import { Bounded } from "./inbox.ts";
import { type Position, Positions } from "./positions.ts";
import { type Feed, filtersOf, flow, type People } from "./stream.ts";

/** What can happen. */
export type EventType = wire.EventMessage["type"];

/** One kind of event, or several. */
export type EventOf<T extends EventType> = Extract<wire.EventMessage, { readonly type: T }>;

/**
 * Events may be missing before what follows: the server's record does not reach back to where the stream was, or is
 * another server's. Look at the present state.
 */
export interface Gap {
  readonly type: "gap";
  /** The environments concerned, and from where events follow. */
  readonly streams: readonly Position[];
}

/** Which events. */
export interface EventsRequest<T extends EventType = EventType> extends People {
  /** All when absent. */
  readonly types?: readonly T[];
  /** Of systems and devices: `info`, `warning`, `error`, `critical`; of people: `low`, `medium`, `high`. */
  readonly severity?: readonly (wire.SystemSeverity | wire.ActivitySeverity)[];
  /** Kinds of `activity_event`. */
  readonly activities?: readonly wire.ActivityEventType[];
  /** Goes on after these, of an earlier stream's `positions`; what is new when absent. */
  readonly after?: readonly Position[];
  /** How many events may wait for the reader before the stream pauses; 1000 when absent. */
  readonly buffer?: number;
}

/** Every kind of event. */
export const EVENT_TYPES = [
  "tracking_update",
  "system_event",
  "hardware_event",
  "activity_event",
  "occupancy_update",
  "performance_update",
  "config_update",
  "analytics_stream",
] as const satisfies readonly EventType[];

/**
 * Durable events, in the order of each environment, every one exactly once: what happened while the connection was lost
 * follows when it is back, and where that cannot be promised a {@link Gap} comes instead. Reading it connects, leaving
 * the loop disconnects; reading it again goes on where it was.
 *
 * A reader that is slow for long makes it disconnect when `buffer` events wait, and come back, to where it was, once
 * they are read: what waits longer waits in the server's record, not here.
 */
export class EventStream<T extends EventType = EventType> implements AsyncIterable<EventOf<T> | Gap> {
  readonly #request: EventsRequest<T>;
  readonly #types: readonly EventType[];
  readonly #context: ConnectionContext;
  readonly #signal: AbortSignal;
  readonly #read: Positions;

  constructor(request: EventsRequest<T>, init: { context: ConnectionContext; signal: AbortSignal }) {
    this.#request = request;
    this.#types = request.types ?? EVENT_TYPES;
    this.#read = new Positions(request.after);
    this.#context = init.context;
    this.#signal = init.signal;
  }

  /** Up to where it was read, by environment; kept, and given as `after`, they let another stream go on from here. */
  get positions(): readonly Position[] {
    return this.#read.list();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EventOf<T> | Gap, void, undefined> {
    const feed = new EventFeed<T>(this.#request, { types: this.#types, after: this.#read.list() });
    for await (const { item, positions } of flow(feed, this.#context, this.#signal)) {
      for (const position of positions) this.#read.put(position);
      if (item) yield item;
    }
  }
}

/** Something on its way to the reader, and where the stream stands after it; without an item, only that. */
interface Entry<T extends EventType> {
  readonly item: EventOf<T> | Gap | null;
  readonly positions: readonly Position[];
}

class EventFeed<T extends EventType> implements Feed<Entry<T>> {
  readonly #request: EventsRequest<T>;
  readonly #types: readonly EventType[];
  readonly #inbox: Bounded<Entry<T>>;
  readonly #received: Positions;

  constructor(request: EventsRequest<T>, init: { types: readonly EventType[]; after: readonly Position[] }) {
    this.#request = request;
    this.#types = init.types;
    this.#inbox = new Bounded(request.buffer ?? 1_000);
    this.#received = new Positions(init.after);
  }

  emptied(): Promise<void> {
    return this.#inbox.emptied();
  }

  request(): wire.SubscribeMessage["data"] {
    const recover = this.#received.list();
    const subscriptions = this.#types.map((type) => subscriptionTo(type, this.#request));
    return recover.length > 0 ? { subscriptions, recover } : { subscriptions };
  }

  subscribed({ recovered, streams = [] }: wire.Ack): void {
    if (recovered) {
      this.#received.goOn(streams);
      return;
    }
    const missing = this.#received.begin(streams);
    this.#inbox.put({ item: missing.length > 0 ? gap(missing) : null, positions: this.#received.list() });
  }

  hear(message: wire.ServerMessage): boolean {
    if (message.type === "heartbeat") this.#stand(message.data.streams ?? []);
    const stream = message.metadata?.stream;
    const [position] = this.#pass(stream ? [stream] : []);
    if (!isOf(message, EVENT_TYPES) || (stream && !position)) return !this.#inbox.full;
    // `system_event` brings `hardware_event` along.
    const item = isOf<T>(message, this.#types) ? message : null;
    this.#inbox.put({ item, positions: position ? [position] : [] });
    return !this.#inbox.full;
  }

  end(error?: Error): void {
    this.#inbox.end(error);
  }

  /** Everything up to here has come, asked for or not. */
  #stand(streams: readonly wire.StreamPosition[]): void {
    const positions = this.#pass(streams);
    if (positions.length > 0) this.#inbox.put({ item: null, positions });
  }

  /** Moves on; says first where something may be missing before that. */
  #pass(streams: readonly wire.StreamPosition[]): readonly Position[] {
    const passed = streams.flatMap((stream) => this.#received.pass(stream) ?? []);
    const missing = this.#received.unsure(passed);
    if (missing.length > 0) this.#inbox.put({ item: gap(missing), positions: [] });
    return passed;
  }

  read(): AsyncIterable<Entry<T>> {
    return this.#inbox.read();
  }
}

const gap = (streams: readonly Position[]): Gap => ({ type: "gap", streams });

const isOf = <T extends EventType>(message: wire.ServerMessage, types: readonly string[]): message is EventOf<T> =>
  types.includes(message.type);

function subscriptionTo(type: EventType, request: EventsRequest): wire.SubscriptionRequest {
  const { severity, activities } = request;
  return {
    event_type: type,
    filters: {
      ...filtersOf(request),
      ...(severity && { severity: [...severity] }),
      ...(activities && { event_types: [...activities] }),
    },
  };
}
