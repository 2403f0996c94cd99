import { wifiDensepose as golden } from "@sensorium/protocol/golden";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { ServeClock } from "../../serve/clock.ts";
import { type Answer, type Arrival, Peer, type PeerOptions } from "./peer.ts";
import type { Recording } from "./recording.ts";
import { Broken } from "./rule.ts";

/** What a run is asked to do. */
export interface Target {
  readonly url: string;
  /** A token, shown in the address as the description has it. */
  readonly token?: string | undefined;
  /** Shown as `X-API-Key` where there is no token. */
  readonly apiKey?: string | undefined;
  /** A good token that runs out within some minutes. */
  readonly expiringToken?: string | undefined;
  /** The environment to look at; all of them when absent. */
  readonly environment?: string | undefined;
  /** Leaves out what takes a minute or more. */
  readonly quick: boolean;
}

/** How to knock at the server's door. */
export interface Knock {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** What rules are run with. */
export class Context {
  readonly target: Target;
  readonly quick: boolean;
  readonly clock: ServeClock;
  readonly recording: Recording;
  /** How long something is looked at that comes all the time. */
  readonly observeMs: number;
  /** What the listener's subscriptions came to. */
  listening: Answer = { ack: undefined, errors: [] };
  #listener: Peer | undefined;
  #listeningSinceMs = 0;
  #peers = 0;

  constructor(target: Target, { clock, recording }: Pick<PeerOptions, "clock" | "recording">) {
    this.target = target;
    this.quick = target.quick;
    this.clock = clock;
    this.recording = recording;
    this.observeMs = target.quick ? 1_500 : 5_000;
  }

  /** A client that follows everything for the whole of the run. */
  get listener(): Peer {
    if (!this.#listener) throw new Broken({ expected: "a client that follows everything", received: "none" });
    return this.#listener;
  }

  /** How long the listener has been there. */
  get listenedMs(): number {
    return this.clock.now() - this.#listeningSinceMs;
  }

  /** Begins to follow everything. */
  async listen(): Promise<void> {
    this.#listener = await this.connect();
    this.#listeningSinceMs = this.clock.now();
    this.listening = await this.#listener.subscribe(wire.EventType.options.map((event_type) => this.wish(event_type)));
  }

  /** Tries to connect with just this to show. */
  knock({ query = {}, headers = {}, protocols = [] }: Knock = {}): Promise<Arrival> {
    const url = new URL(this.target.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { clock, recording } = this;
    return Peer.connect(url, { clock, recording, name: `client ${++this.#peers}`, headers, protocols });
  }

  /** Tries to connect with the credentials. */
  attempt(more: Knock = {}): Promise<Arrival> {
    return this.knock({ ...more, ...this.#shown(more) });
  }

  /** A client that shows its credentials. @throws Broken when it is not let in. */
  async connect(more: Knock = {}): Promise<Peer> {
    const arrival = await this.attempt(more);
    if (arrival.kind === "open") return arrival.peer;
    throw new Broken({ expected: "to be let in", received: arrival.why });
  }

  /** A subscription to a type in the environment that is looked at. */
  wish(event_type: string, filters: object = {}, more: object = {}): object {
    return { event_type, filters: { ...this.#place(), ...filters }, ...more };
  }

  /** The subscriptions of a golden file, in the environment that is looked at. */
  wishes(name: "client.subscribe" | "client.subscribe.high"): object[] {
    return golden[name].data.subscriptions.map(({ event_type, filters, ...more }) => {
      const { environment_id, ...others } = { environment_id: undefined, ...filters };
      return this.wish(event_type, others, more);
    });
  }

  #place(): object {
    const { environment } = this.target;
    return environment === undefined ? {} : { environment_id: environment };
  }

  #shown({ query, headers }: Knock): Knock {
    const { token, apiKey } = this.target;
    if (token !== undefined) return { query: { ...query, token } };
    return apiKey === undefined ? {} : { headers: { ...headers, "x-api-key": apiKey } };
  }
}
