import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { RedisConnection } from "@sensorium/protocol/mpta";
import { Redis, ReplyError } from "ioredis";
import { placeOf } from "./address.ts";
import { hangUpAfter } from "./hang-up.ts";
import type { ConnectOptions, Outcome, Parcel, Sink } from "./sink.ts";

/** What Redis answers while it can take nothing, whatever it is; everything else is about the command. */
const NOT_NOW =
  /^(?:LOADING|OOM|MISCONF|READONLY|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|NOAUTH|WRONGPASS|UNBLOCKED)\b|max number of clients/;

/** Connects to a Redis server; sending again is not its business. */
export async function connectRedis(address: RedisConnection, { signal, timeoutMs }: ConnectOptions): Promise<Sink> {
  const { host, port, username, password, db } = address;
  const client = new Redis({
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    disconnectTimeout: 100,
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
  });
  const lost = new AbortController();
  let last: unknown;
  client.on("error", (error) => {
    last = error;
  });
  client.on("end", () => lost.abort(away(last ?? "it closed the connection", address)));
  const hangUp = hangUpAfter(signal, () => client.disconnect());
  const close = async (): Promise<void> => {
    hangUp[Symbol.dispose]();
    client.disconnect();
  };
  try {
    await client.connect();
    return {
      lost: lost.signal,
      deliver: (parcel) => deliver(client, { parcel, address }),
      [Symbol.asyncDispose]: close,
    };
  } catch (thrown) {
    await close();
    throw away(last ?? thrown, address);
  }
}

interface Sending {
  readonly parcel: Parcel;
  readonly address: RedisConnection;
}

async function deliver(client: Redis, { parcel, address }: Sending): Promise<Outcome> {
  try {
    await send(client, parcel);
    return "done";
  } catch (thrown) {
    const reason = reasonOf(thrown);
    if (!(thrown instanceof ReplyError)) return { failed: reason };
    if (NOT_NOW.test(reason)) throw away(thrown, address);
    return { refused: reason };
  }
}

async function send(client: Redis, { delivery, picture, expiresMs }: Parcel): Promise<void> {
  if (delivery.type === "publish") await client.publish(delivery.channel, delivery.message);
  if (delivery.type !== "picture" || !picture) return;
  const bytes = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength);
  // What is left by our own clock: the server's may be another.
  if (expiresMs === null) await client.set(delivery.key, bytes);
  else await client.set(delivery.key, bytes, "PX", Math.max(1, Math.round(expiresMs - Date.now())));
}

function away(thrown: unknown, address: RedisConnection): SensoriumError {
  const message = `Redis at ${placeOf({ kind: "redis", ...address })}: ${saidBy(thrown)}`;
  return new SensoriumError("store-failed", message, { retryable: true });
}

function saidBy(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return SENTENCES[code] ?? reasonOf(thrown);
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host is not known",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it closed the connection",
};
