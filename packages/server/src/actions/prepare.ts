import type { PostgresqlUpdateCombined, RedisSaveImage, Webhook } from "@sensorium/protocol/mpta";
import type { DueAction, Values } from "../mpta/run/due-action.ts";
import type { Connections, SinkAddress } from "./address.ts";
import type { Delivery, UpdateRow } from "./delivery.ts";
import { filled, messageOf } from "./message.ts";

/** An action whose picture, where it has one, is encoded. */
export interface ReadyAction extends DueAction {
  /** Of a `redis_save_image`: the encoded region. */
  readonly picture?: Uint8Array | undefined;
}

/** What to send where. */
export interface Prepared {
  readonly id: string;
  readonly address: SinkAddress;
  readonly delivery: Delivery;
  /** Rows have to arrive, however late. */
  readonly kept: boolean;
  readonly expiresMs: number | null;
  readonly picture: Uint8Array | null;
}

/** What to send, or why nothing is. */
export type Preparation = Prepared | { readonly skipped: string };

export interface PrepareOptions {
  readonly id: string;
  /** Unix milliseconds at which it fell due. */
  readonly dueMs: number;
  readonly connections: Connections;
}

/** Fills in the templates of an action and says which of a bundle's servers it is for. */
export function prepare({ action, values, picture }: ReadyAction, options: PrepareOptions): Preparation {
  const { id, dueMs, connections } = options;
  const send = (address: SinkAddress, delivery: Delivery): Prepared => ({
    id,
    address,
    delivery,
    kept: address.kind === "postgresql",
    expiresMs: null,
    picture: null,
  });
  const { redis, postgresql, mqtt } = connections;
  switch (action.type) {
    case "redis_save_image":
      if (!redis) return without("redis");
      if (!picture) return { skipped: "there is no picture" };
      return {
        ...send({ kind: "redis", ...redis }, { type: "picture", key: filled(action.key, values) }),
        expiresMs: expiry(action, dueMs),
        picture,
      };
    case "redis_publish": {
      if (!redis) return without("redis");
      const message = messageOf(action.message, { id, values });
      return send({ kind: "redis", ...redis }, { type: "publish", channel: action.channel, message });
    }
    case "begin_record":
      if (!postgresql) return without("postgresql");
      return send({ kind: "postgresql", ...postgresql }, beginRow(values));
    case "postgresql_update_combined": {
      if (!postgresql) return without("postgresql");
      const update = updateRow(action, values);
      return "skipped" in update ? update : send({ kind: "postgresql", ...postgresql }, update);
    }
    case "webhook":
      return webhook(action, { id, values, send });
    case "mqtt_publish": {
      if (!mqtt) return without("mqtt");
      const { qos, retain } = action;
      const message = messageOf(action.message, { id, values });
      return send(
        { kind: "mqtt", ...mqtt },
        { type: "topic", topic: filled(action.topic, values), message, qos, retain },
      );
    }
  }
}

const without = (name: keyof Connections): Preparation => ({ skipped: `the bundle names no ${name} server` });

const text = (value: Values[string] | undefined): string =>
  value === null || value === undefined ? "" : String(value);

const expiry = ({ expire_seconds }: RedisSaveImage, dueMs: number): number | null =>
  expire_seconds === 0 ? null : dueMs + 1000 * expire_seconds;

const beginRow = (values: Values): Delivery => ({
  type: "begin-row",
  sessionId: text(values.session_id),
  displayId: text(values.display_id),
  capturedTimestamp: text(values.timestamp),
});

/** A column that nothing is known about stays as it is. */
function updateRow(action: PostgresqlUpdateCombined, values: Values): UpdateRow | { readonly skipped: string } {
  const known = Object.entries(action.fields).filter(([, template]) =>
    template.parts.every((part) => typeof part === "string" || (values[part.name] ?? null) !== null),
  );
  if (known.length === 0) return { skipped: "no column has a value" };
  const fields = Object.fromEntries(known.map(([column, template]) => [column, filled(template, values)]));
  const keyValue = filled(action.key_value, values);
  if (keyValue === "") return { skipped: `the value of ${action.key_field} is empty` };
  return { type: "update-row", table: action.table, keyField: action.key_field, keyValue, fields };
}

interface Posting {
  readonly id: string;
  readonly values: Values;
  readonly send: (address: SinkAddress, delivery: Delivery) => Prepared;
}

function webhook({ url, headers, message }: Webhook, { id, values, send }: Posting): Preparation {
  if (!URL.canParse(url)) return { skipped: "its url is none" };
  const { origin } = new URL(url);
  const event = text(values.uuid) || id;
  return send(
    { kind: "webhook", origin },
    { type: "post", url, headers, message: messageOf(message, { id, values }), event },
  );
}
