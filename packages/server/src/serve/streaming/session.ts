import { randomBytes } from "node:crypto";
import { reasonOf } from "@sensorium/protocol";
import { parsePackedClientMessage } from "@sensorium/protocol/msgpack";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { Gate } from "../auth/gate.ts";
import { type Answer, authorize, type Need, type Principal, sees } from "../auth/principal.ts";
import type { ServeClock } from "../clock.ts";
import type { Session } from "../connections.ts";
import type { Outbox } from "../outbox.ts";
import { Body, type Ink, Signature } from "./body.ts";
import { type Encoding, timeOf } from "./encoding.ts";
import type { Hub } from "./hub.ts";
import type { Places } from "./places.ts";
import { MessageRates } from "./rates.ts";
import type { NewEnvironments, SensingSource } from "./source.ts";
import { farewellTo, Stay } from "./stay.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What all sessions share. */
export interface SessionContext {
  readonly source: SensingSource;
  readonly clock: ServeClock;
  readonly inks: Readonly<Record<Encoding["name"], Ink>>;
  readonly log: Log;
  readonly gate: Gate;
  /** Whose a credential is; absent where nobody is asked. */
  readonly recognize: ((secret: string) => Promise<Answer>) | undefined;
  /** By account. */
  readonly places: Places;
  hubOf(environment: string): Hub;
}

/** Who comes, and with what wishes. */
export interface Arrival {
  /** Null for somebody who has yet to say who they are. */
  readonly principal: Principal | null;
  readonly query: wire.ConnectQuery;
  readonly encoding: Encoding;
}

/** What the protocol needs of whoever connects. */
export const NEEDS: Need = { scope: "read", environments: "own" };

const REPEAT_LOSS_MS = 5_000;

/** One client of the streaming API. */
export class StreamSession implements Session {
  readonly clientId: string;
  readonly #context: SessionContext;
  readonly #outbox: Outbox;
  readonly #signature: Signature;
  readonly #encoding: Encoding;
  readonly #rates = new MessageRates();
  readonly #subscriptions: Subscriptions;
  readonly #sessionId = `session_${randomBytes(8).toString("hex")}`;
  readonly #sinceMs: number;
  readonly #lossesMs = new Map<string, number>();
  #heardMs: number | undefined;
  #ended = false;
  #principal: Principal | undefined;
  #place: Disposable | null = null;
  #stay: Stay | undefined;
  #patience: Disposable | undefined;

  constructor(outbox: Outbox, context: SessionContext, { principal, query, encoding }: Arrival) {
    const { clock, source } = context;
    this.clientId = query.client_id ?? `client_${randomBytes(8).toString("hex")}`;
    this.#context = context;
    this.#outbox = outbox;
    this.#sinceMs = clock.now();
    this.#encoding = encoding;
    this.#signature = new Signature(this.clientId, context.inks[encoding.name]);
    outbox.finisher = this.#signature;
    this.#subscriptions = new Subscriptions({
      ...{ source, clock, outbox },
      // A binary message is either a compressed one or MessagePack.
      compression: encoding.binary ? "never" : query.compression,
      hubOf: (environment) => context.hubOf(environment),
      sees: (environment) => sees(this.#principal ?? null, environment),
      stand: (streams) => this.#beat(streams),
      ack: (ack) => this.#ack(ack),
      fail: (error) => this.#fail(error),
      lost: (environment) => this.#lose(environment),
      broken: (close) => this.#close(close),
    });
    if (principal) this.#enter(principal);
    else this.#patience = clock.after(wire.AUTH_WITHIN_MS, () => this.#turnAway("No credentials came in time"));
  }

  receive(text: string): Promise<void> {
    if (this.#encoding.binary) return this.#hear(refusal("This connection speaks MessagePack: send it as binary"));
    return this.#hear(within(Buffer.byteLength(text)) ?? wire.parseClientMessage(text));
  }

  receiveBytes(bytes: Uint8Array): Promise<void> {
    if (!this.#encoding.binary) return this.#hear(refusal("Binary messages are not understood: send JSON as text"));
    return this.#hear(within(bytes.length) ?? parsePackedClientMessage(bytes));
  }

  async #hear(parsed: wire.ParsedClientMessage): Promise<void> {
    if (this.#ended) return;
    const { clock, log } = this.#context;
    this.#heardMs = clock.now();
    if (!this.#principal) {
      await this.#greet(parsed);
      return;
    }
    if (this.#refuses(parsed)) return;
    if (!parsed.ok) {
      this.#fail({ error_code: "VALIDATION_ERROR", message: parsed.message, details: parsed.details });
      return;
    }
    try {
      await this.#answer(parsed.message);
    } catch (thrown) {
      log.error({ reason: reasonOf(thrown) }, "a request failed");
      const message = "Internal server error processing request";
      this.#fail({ error_code: "SYSTEM_ERROR", message, details: null });
    }
  }

  /** Tells the client that the server is still there. */
  heartbeat(): void {
    if (this.#principal) this.#beat([]);
  }

  /** Environments have come. */
  takeUp(came: NewEnvironments): void {
    this.#subscriptions.takeUp(came);
  }

  /** Says that the server is going. */
  farewell(): void {
    this.#say("disconnect", { reason: "server_shutdown", message: "The server is shutting down" });
  }

  end(): void {
    this.#ended = true;
    this.#patience?.[Symbol.dispose]();
    this.#stay?.[Symbol.dispose]();
    this.#place?.[Symbol.dispose]();
    this.#subscriptions[Symbol.dispose]();
  }

  /** Also tells where the client stands: besides what is known, in these environments. */
  #beat(more: readonly wire.StreamPosition[]): void {
    const uptime = Math.floor((this.#context.clock.now() - this.#sinceMs) / 1000);
    const last_message = this.#heardMs === undefined ? null : timeOf(this.#heardMs);
    const streams = [...this.#subscriptions.positions(), ...more];
    const beat: wire.Heartbeat = {
      client_id: this.clientId,
      uptime,
      last_message,
      ...(streams.length > 0 && { streams }),
    };
    this.#say("heartbeat", beat);
  }

  #enter(principal: Principal): void {
    // Where nobody is asked, everybody is one and the same.
    if (principal.by !== "nobody") {
      this.#place = this.#context.places.take(principal.userId);
      if (!this.#place) {
        this.#close(wire.CLOSE.tooManyConnections);
        return;
      }
    }
    this.#patience?.[Symbol.dispose]();
    this.#hold(principal);
    this.#tellStatus();
  }

  #hold(principal: Principal): void {
    const { gate, clock } = this.#context;
    const before = this.#stay;
    this.#principal = principal;
    this.#stay = new Stay(gate.hold(principal), () => {
      const now = clock.now();
      this.#outbox.send(new Body({ type: "token_expired", atMs: now, message: farewellTo(principal, now) }));
      this.#close(wire.CLOSE.credentialEnded);
    });
    before?.[Symbol.dispose]();
  }

  /** The first message of somebody who has not said who they are. */
  async #greet(parsed: wire.ParsedClientMessage): Promise<void> {
    if (!parsed.ok || parsed.message.type !== "auth") {
      this.#turnAway("Log in or send a token");
      return;
    }
    const answer = await this.#recognize(parsed.message.data.token);
    if (this.#ended) return;
    if (answer.ok) {
      this.#enter(answer.principal);
      this.#ack({ message_type: "auth", status: "success" });
      return;
    }
    const { status, sentence } = answer.refusal;
    if (status === 401) this.#turnAway(sentence);
    else {
      this.#fail({ error_code: "AUTHORIZATION_ERROR", message: sentence, details: null });
      this.#close(wire.CLOSE.notAllowed);
    }
  }

  #turnAway(message: string): void {
    this.#fail({ error_code: "AUTHENTICATION_ERROR", message, details: null });
    this.#close(wire.CLOSE.notAuthenticated);
  }

  async #recognize(token: string): Promise<Answer> {
    const { recognize } = this.#context;
    const known = this.#principal;
    if (!recognize) return known ? { ok: true, principal: known } : NOBODY_ASKED;
    const answer = await recognize(token);
    const refusal = answer.ok ? authorize(answer.principal, NEEDS) : null;
    return refusal ? { ok: false, refusal } : answer;
  }

  #refuses(parsed: wire.ParsedClientMessage): boolean {
    const now = this.#context.clock.now();
    const details = this.#rates.refuse(parsed.ok ? parsed.message.type : undefined, now);
    if (!details) return false;
    this.#fail({ error_code: "RATE_LIMIT_EXCEEDED", message: "Message rate limit exceeded", details });
    if (this.#rates.isFlood(now)) this.#close(wire.CLOSE.flooding);
    return true;
  }

  async #answer(message: wire.ClientMessage): Promise<void> {
    switch (message.type) {
      case "subscribe":
        return this.#subscriptions.subscribe(message.data);
      case "unsubscribe":
        return this.#subscriptions.unsubscribe(message.data);
      case "update_subscription":
        return this.#subscriptions.update(message.data);
      case "connection_status":
        return this.#tellStatus();
      case "auth":
        return this.#refresh(message.data.token);
      case "disconnect":
        this.#say("disconnect", {
          reason: "client_requested",
          message: "Graceful disconnect initiated by client",
        });
        return this.#close(wire.CLOSE.done);
      case "heartbeat":
        return undefined;
    }
  }

  /** Goes on with a fresh credential of the same account; one that is no good changes nothing. */
  async #refresh(token: string): Promise<void> {
    const answer = await this.#recognize(token);
    if (this.#ended) return;
    if (!answer.ok) {
      const { status, sentence } = answer.refusal;
      const error_code = status === 401 ? "AUTHENTICATION_ERROR" : "AUTHORIZATION_ERROR";
      this.#fail({ error_code, message: sentence, details: null });
    } else if (answer.principal.userId !== this.#principal?.userId) {
      const message = "These credentials are of another account";
      this.#fail({ error_code: "AUTHORIZATION_ERROR", message, details: null });
    } else {
      this.#hold(answer.principal);
      await this.#subscriptions.adjust();
      this.#ack({ message_type: "auth", status: "success" });
    }
  }

  #tellStatus(): void {
    const status: wire.ConnectionStatus = {
      status: "connected",
      client_id: this.clientId,
      session_id: this.#sessionId,
      connected_since: timeOf(this.#sinceMs),
      active_subscriptions: this.#subscriptions.size,
      message_count: this.#signature.count,
    };
    this.#say("connection_status", status);
  }

  #lose(environment_id: string): void {
    const now = this.#context.clock.now();
    if (now - (this.#lossesMs.get(environment_id) ?? Number.NEGATIVE_INFINITY) < REPEAT_LOSS_MS) return;
    this.#lossesMs.set(environment_id, now);
    const details = { reason: "upstream_lost", retry_after: 5, max_retries: null, environment_id };
    const message = "The source of this environment's data was lost";
    this.#fail({ error_code: "CONNECTION_ERROR", message, details });
  }

  #ack(ack: Omit<wire.Ack, "active_subscriptions">): void {
    const { message_type, status, ...rest } = ack;
    const data: wire.Ack = { message_type, status, active_subscriptions: this.#subscriptions.list(), ...rest };
    this.#say("ack", data);
  }

  #fail(data: wire.ErrorData): void {
    this.#say("error", data);
  }

  #say(type: wire.ServerMessage["type"], data: unknown): void {
    this.#outbox.send(new Body({ type, atMs: this.#context.clock.now(), data }));
  }

  #close({ code, reason }: wire.CloseCode): void {
    this.#outbox.close(code, reason);
  }
}

const NOBODY_ASKED: Answer = {
  ok: false,
  refusal: { status: 401, sentence: "These credentials are not valid", reason: "nobody can say whose they are" },
};

const refusal = (message: string): wire.ParsedClientMessage => ({ ok: false, message, details: null });

const within = (length: number): wire.ParsedClientMessage | null =>
  length <= wire.MAX_TEXT_BYTES
    ? null
    : refusal(`This message is ${length} bytes long; the limit is ${wire.MAX_TEXT_BYTES} bytes`);
