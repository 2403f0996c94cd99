import { CLOSE, HEARTBEAT_MS } from "@sensorium/protocol/streaming";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { type ClientClock, sleep } from "./clock.ts";
import type { Codec, Data } from "./codec.ts";
import { type Credentials, expiryOf, renewalInMs } from "./credentials.ts";
import type { Socket } from "./socket.ts";

/** How a socket ended. */
export interface Closing {
  readonly code: number;
  /** For people and logs. */
  readonly reason: string;
}

/** What one socket's life is made of. */
export interface SessionOptions {
  readonly socket: Socket;
  readonly codec: Codec;
  readonly clock: ClientClock;
  readonly credentials: Credentials;
  /** What it shows first; undefined for nothing. */
  readonly token: string | undefined;
  /** What it asks for. */
  readonly request: wire.SubscribeMessage["data"];
  /** Every message of the server, in order. */
  hear(message: wire.ServerMessage): void;
}

/** The server's heart beats every 30 seconds: whoever is silent for longer than this is gone. */
const SILENCE_MS = HEARTBEAT_MS * 1.5;
/** The server takes one in 30 seconds, as they arrive: a network that holds one up brings the next too early. */
const BEAT_MS = HEARTBEAT_MS + 5_000;
/** A token that could not be renewed in time is asked for again, but not faster than this. */
const LEAST_RENEWAL_MS = 5_000;

/** One socket from its opening to its end: shows a credential, subscribes, keeps alive and stays let in. */
export class Session {
  /** Never rejects. */
  readonly ended: Promise<Closing>;
  readonly #options: SessionOptions;
  #end: (closing: Closing) => void = () => undefined;
  readonly #stop = new AbortController();
  #token: string | undefined;
  #heardMs: number;
  /** Compressed messages take a while to unpack; what comes behind them waits. */
  #unpacking: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    const { socket, clock, token } = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#options = options;
    this.#token = token;
    this.#heardMs = clock.now();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#begin();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = (closing) => this.#leave(closing);
    socket.onerror = () => undefined;
    void this.#watch();
  }

  /** The credential it has shown last. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Ends it from this side. */
  close(closing: Closing): void {
    if (this.#stop.signal.aborted) return;
    this.#leave(closing);
    this.#options.socket.close(1000);
  }

  #begin(): void {
    if (this.#token !== undefined) this.#send({ type: "auth", data: { token: this.#token } });
    this.#send({ type: "subscribe", data: this.#options.request });
    void this.#beat();
    if (this.#options.credentials.renewable) void this.#renew();
  }

  #send(message: wire.ClientMessage): void {
    const { socket, codec, clock } = this.#options;
    if (this.#stop.signal.aborted) return;
    socket.send(codec.encode({ ...message, timestamp: new Date(clock.now()).toISOString() }));
  }

  #receive(data: Data): void {
    this.#heardMs = this.#options.clock.now();
    if (this.#unpacking !== undefined) {
      this.#unpacking = this.#unpacking.then(() => this.#read(data));
      return;
    }
    this.#unpacking = this.#read(data);
  }

  /** A promise only for what has to be unpacked. */
  #read(data: Data): Promise<void> | undefined {
    try {
      const message = this.#options.codec.decode(data);
      if (message instanceof Promise) return message.then((it) => this.#hear(it)).catch(() => this.#notUnderstood());
      this.#hear(message);
    } catch {
      this.#notUnderstood();
    }
    return undefined;
  }

  #hear(message: unknown): void {
    if (!this.#stop.signal.aborted) this.#options.hear(message as wire.ServerMessage);
  }

  /** It might have been an event: what cannot be read is asked for again. */
  #notUnderstood(): void {
    this.close({ code: CLOSE.lost.code, reason: "message_not_understood" });
  }

  async #beat(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await sleep(BEAT_MS, clock, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#send({ type: "heartbeat", data: {} });
    }
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const leftMs = this.#heardMs + SILENCE_MS - clock.now();
      if (leftMs <= 0) this.close({ code: CLOSE.lost.code, reason: "network_timeout" });
      if (this.#stop.signal.aborted) return;
      await sleep(leftMs, clock, this.#stop.signal);
    }
  }

  /** Shows a fresh token before the old one runs out, as often as that is about to happen. */
  async #renew(): Promise<void> {
    const { clock, credentials } = this.#options;
    for (;;) {
      const expiryMs = this.#token === undefined ? null : expiryOf(this.#token);
      if (expiryMs === null) return;
      const inMs = renewalInMs(expiryMs - clock.now(), clock.random());
      await sleep(Math.max(LEAST_RENEWAL_MS, inMs), clock, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      // Without a fresh one the server will say when the old one has run out.
      const fresh = await credentials.renew(this.#token).catch(() => this.#token);
      if (fresh === undefined || fresh === this.#token) continue;
      this.#token = fresh;
      this.#send({ type: "auth", data: { token: fresh } });
    }
  }

  #leave(closing: Closing): void {
    this.#stop.abort();
    const { socket } = this.#options;
    socket.onopen = socket.onmessage = socket.onclose = null;
    this.#end(closing);
  }
}
