import { z } from "zod";
import { ColumnName, columns, Table } from "./identifiers.ts";
import { type ParsedTemplate, parseMessageTemplate, parseTemplate, type Template } from "./template.ts";

const template = (parse: (source: string) => ParsedTemplate) =>
  z
    .string()
    .min(1)
    .transform((source, context): Template => {
      const parsed = parse(source);
      if (parsed.ok) return parsed.template;
      context.addIssue({ code: "custom", message: parsed.problem });
      return z.NEVER;
    });
const text = template(parseTemplate);
const message = template(parseMessageTemplate);

const within = (least: number, most: number) => (value: number) => Math.min(most, Math.max(least, Math.round(value)));

/** Saves a picture, whole or one region of it, under a key. */
export const RedisSaveImage = z.strictObject({
  type: z.literal("redis_save_image"),
  key: text,
  /** The class whose best detection is cut out; the whole picture when absent or not found. */
  region: z.string().min(1).optional(),
  format: z
    .string()
    .default("jpeg")
    .transform((name) => (name.toLowerCase() === "png" ? "png" : "jpeg")),
  quality: z.number().default(90).transform(within(1, 100)),
  /** Seconds; 0 is for ever. */
  expire_seconds: z.int().min(0).default(0),
});
export type RedisSaveImage = z.infer<typeof RedisSaveImage>;

/** Publishes a message on a channel. */
export const RedisPublish = z.strictObject({
  type: z.literal("redis_publish"),
  channel: z.string().min(1),
  message,
});
export type RedisPublish = z.infer<typeof RedisPublish>;

/** Writes what the branches found into one row. */
export const PostgresqlUpdateCombined = z
  .strictObject({
    type: z.literal("postgresql_update_combined"),
    table: Table,
    key_field: ColumnName,
    key_value: text.optional(),
    waitForBranches: z.array(z.string().min(1)).default([]),
    fields: columns(text),
  })
  .transform(({ key_value, ...rest }) => ({ ...rest, key_value: key_value ?? wholeValue(rest.key_field) }));
export type PostgresqlUpdateCombined = z.infer<typeof PostgresqlUpdateCombined>;

const wholeValue = (name: string): Template => ({
  source: `{${name}}`,
  form: "text",
  parts: [{ name, decimals: undefined, quoted: false }],
});

/** Sends a message to a web address. */
export const Webhook = z.strictObject({
  type: z.literal("webhook"),
  url: z.string().regex(/^https?:\/\/[^/]/i, "must begin with http:// or https://"),
  headers: z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[^\r\n]*$/)).default({}),
  message: message.prefault("{}"),
});
export type Webhook = z.infer<typeof Webhook>;

/** Publishes a message on a topic of an MQTT broker. */
export const MqttPublish = z.strictObject({
  type: z.literal("mqtt_publish"),
  topic: text.refine(({ source }) => !/[+#\0]/.test(source), "must be one topic: no + and no #"),
  message: message.prefault("{}"),
  qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(1),
  retain: z.boolean().default(false),
});
export type MqttPublish = z.infer<typeof MqttPublish>;

/** What a node does with its own detections. */
export const NodeAction = z.discriminatedUnion("type", [RedisSaveImage, RedisPublish, Webhook, MqttPublish]);
export type NodeAction = z.infer<typeof NodeAction>;

/** What a node does once its branches are done. */
export const ParallelAction = z.discriminatedUnion("type", [
  PostgresqlUpdateCombined,
  RedisSaveImage,
  RedisPublish,
  Webhook,
  MqttPublish,
]);
export type ParallelAction = z.infer<typeof ParallelAction>;

export type Action = NodeAction | ParallelAction;
