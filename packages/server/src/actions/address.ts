import type { MqttConnection, PostgresqlConnection, RedisConnection } from "@sensorium/protocol/mpta";

/** The servers that a bundle may send to; webhooks name theirs themselves. */
export interface Connections {
  readonly redis?: RedisConnection | undefined;
  readonly postgresql?: PostgresqlConnection | undefined;
  readonly mqtt?: MqttConnection | undefined;
}

/** Where a sink is, and how to get in. Not for logs: it holds passwords. */
export type SinkAddress =
  | ({ readonly kind: "redis" } & RedisConnection)
  | ({ readonly kind: "postgresql" } & PostgresqlConnection)
  | ({ readonly kind: "mqtt" } & MqttConnection)
  | { readonly kind: "webhook"; readonly origin: string };

/** What may be shown of an address: no user, no password. */
export function placeOf(address: SinkAddress): string {
  if (address.kind === "webhook") return address.origin;
  const { kind, host, port } = address;
  const server = `${kind}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (kind === "mqtt") return server;
  return `${server}/${kind === "redis" ? address.db : address.database}`;
}

/** The same for the same server and account whatever the password, which may change while something waits. */
export function keyOf(address: SinkAddress): string {
  const user = address.kind === "webhook" ? undefined : address.username;
  return user === undefined ? placeOf(address) : `${user}@${placeOf(address)}`;
}
