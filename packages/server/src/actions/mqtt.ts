import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { MqttConnection } from "@sensorium/protocol/mpta";
import { connect, type MqttClient } from "mqtt";
import { placeOf } from "./address.ts";
import type { TopicMessage } from "./delivery.ts";
import { hangUpAfter } from "./hang-up.ts";
import type { ConnectOptions, Outcome, Sink } from "./sink.ts";

/** Of MQTT 3.1.1, in bytes of UTF-8. */
const MAX_TOPIC = 65_535;

/** Connects to an MQTT broker; sending again is not its business. */
export async function connectMqtt(address: MqttConnection, { signal, timeoutMs }: ConnectOptions): Promise<Sink> {
  const { host, port, username, password, tls } = address;
  const client = connect({
    protocol: tls ? "mqtts" : "mqtt",
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: timeoutMs,
    queueQoSZero: false,
  });
  const lost = new AbortController();
  const away = (thrown: unknown): SensoriumError =>
    new SensoriumError("store-failed", `MQTT broker at ${placeOf({ kind: "mqtt", ...address })}: ${saidBy(thrown)}`, {
      retryable: true,
    });
  let last: unknown;
  client.on("error", (error) => {
    last = error;
  });
  client.on("close", () => lost.abort(away(last ?? "it closed the connection")));
  const hangUp = hangUpAfter(signal, () => client.end(true));
  const close = async (): Promise<void> => {
    hangUp[Symbol.dispose]();
    await client.endAsync(true).catch(() => undefined);
  };
  try {
    await connected(client, lost.signal);
    const deliver: Sink["deliver"] = ({ delivery }) =>
      delivery.type === "topic"
        ? publish(client, { message: delivery, lost: lost.signal, timeoutMs })
        : Promise.resolve("done");
    return { lost: lost.signal, deliver, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function connected(client: MqttClient, lost: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    lost.addEventListener("abort", () => reject(lost.reason));
  });
}

interface Publishing {
  readonly message: TopicMessage;
  readonly lost: AbortSignal;
  readonly timeoutMs: number;
}

/** Resolves once the broker has confirmed it; with QoS 0, which is never confirmed, once it is on the wire. */
async function publish(client: MqttClient, { message, lost, timeoutMs }: Publishing): Promise<Outcome> {
  const { topic, qos, retain } = message;
  // A broker answers these by breaking the connection.
  if (topic === "" || /[+#\0]/.test(topic)) return { refused: "its topic is empty or has a wildcard" };
  if (Buffer.byteLength(topic) > MAX_TOPIC) return { refused: "its topic is too long" };
  const failed = new Promise<Outcome>((resolve) => {
    const until = AbortSignal.any([lost, AbortSignal.timeout(timeoutMs)]);
    until.addEventListener("abort", () => resolve({ failed: reasonOf(until.reason) }));
  });
  const done = client.publishAsync(topic, message.message, { qos, retain }).then(
    (): Outcome => "done",
    (thrown): Outcome => ({ failed: reasonOf(thrown) }),
  );
  return await Promise.race([done, failed]);
}

function saidBy(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : "";
  return SENTENCES[String(code)] ?? reasonOf(thrown);
}

// Numbers are return codes of CONNACK in MQTT 3.1.1.
const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host is not known",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it closed the connection",
  4: "it refused the credentials",
  5: "it refused the credentials",
};
