/** What bundles do with their detections: Redis, PostgreSQL, webhooks and MQTT, through the node's durable log. */
export { ActionLog, type ActionLogOptions, type DueTogether } from "./action-log.ts";
export type { Connections } from "./address.ts";
export type { ActionsHealth, SinkHealth, SinkTotals } from "./health.ts";
export type { ReadyAction } from "./prepare.ts";
