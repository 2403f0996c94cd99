import { randomUUID } from "node:crypto";
import {
  MqttPublish,
  type PostgresqlConnection,
  PostgresqlUpdateCombined,
  RedisPublish,
  RedisSaveImage,
  Webhook,
} from "@sensorium/protocol/mpta";
import type { Values } from "../mpta/run/due-action.ts";
import { silentLog } from "../observe/log.ts";
import { Store } from "../storage/store.ts";
import { ActionLog, type ActionLogOptions } from "./action-log.ts";
import type { ReadyAction } from "./prepare.ts";

export const valuesOf = (change: Values = {}): Values => ({
  camera_id: "display-001;cam-001",
  display_id: "display-001",
  session_id: randomUUID(),
  timestamp: "2026-05-01T10-20-30",
  timestamp_ms: 1_777_630_830_000,
  uuid: randomUUID(),
  filename: "a.jpg",
  class: "car",
  confidence: 0.91,
  ...change,
});

/** The bytes stand for a picture: nobody here looks into it. */
export const saveImage = (
  values: Values,
  { key = "cars:{session_id}", seconds = 600, bytes = 2000 } = {},
): ReadyAction => ({
  action: RedisSaveImage.parse({ type: "redis_save_image", key, expire_seconds: seconds }),
  values,
  picture: new Uint8Array(bytes).fill(7),
});

export const publish = (values: Values, message = '{"session":"{session_id}"}'): ReadyAction => ({
  action: RedisPublish.parse({ type: "redis_publish", channel: "cars", message }),
  values,
});

export const beginRecord = (values: Values): ReadyAction => ({ action: { type: "begin_record" }, values });

export const update = (values: Values, change: object = {}): ReadyAction => ({
  action: PostgresqlUpdateCombined.parse({
    type: "postgresql_update_combined",
    table: "car_frontal_info",
    key_field: "session_id",
    fields: { car_brand: "{brands.brand}", car_body_type: "{bodies.body_type}" },
    ...change,
  }),
  values,
});

export const webhook = (values: Values, url: string, change: object = {}): ReadyAction => ({
  action: Webhook.parse({ type: "webhook", url, ...change }),
  values,
});

export const mqttPublish = (values: Values, change: object = {}): ReadyAction => ({
  action: MqttPublish.parse({ type: "mqtt_publish", topic: "cars/{display_id}", ...change }),
  values,
});

/** One car at the pumps: its picture, a message, its row and what the branches made of it. */
export const visit = (values = valuesOf()): ReadyAction[] => {
  const image_key = `cars:${values.session_id}`;
  const seen = { ...values, image_key, "brands.brand": "Honda", "bodies.body_type": "Sedan" };
  return [beginRecord(seen), saveImage(seen), publish(seen), update(seen)];
};

export const connectionOf = (databaseUrl: string): PostgresqlConnection => {
  const { hostname: host, port, username, password, pathname } = new URL(databaseUrl);
  return { host, port: Number(port), username, password, database: pathname.slice(1) };
};

export interface TestNode extends AsyncDisposable {
  readonly store: Store;
  readonly actions: ActionLog;
}

/** A node's log in a folder, and what delivers from it. */
export async function openNode(folder: string, options: Partial<ActionLogOptions> = {}): Promise<TestNode> {
  const store = await Store.open({ folder });
  const actions = await ActionLog.open({ records: store.actions, log: silentLog, ...options });
  const close = async (): Promise<void> => {
    await actions[Symbol.asyncDispose]();
    await store.close();
  };
  return { store, actions, [Symbol.asyncDispose]: close };
}
