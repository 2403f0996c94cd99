import type { Action, PipelineFile, PipelineNode } from "@sensorium/protocol/mpta";

/** What a node does on its own detections, in a few words. */
export function conditionOf(node: PipelineNode): string {
  const what = node.triggerClasses.length === 0 ? "everything" : node.triggerClasses.join(", ");
  return `${what} from ${node.minConfidence}`;
}

/** What a branch is shown of the picture. */
export function viewOf(node: PipelineNode): string {
  if (!node.crop) return "the whole picture";
  return `${node.cropClass ?? node.triggerClasses[0] ?? "nothing"} cut out at ${node.resizeTarget.join("×")}`;
}

/** An action in one line, without the connection it uses. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case "redis_save_image": {
      const kept = action.expire_seconds > 0 ? `, for ${action.expire_seconds} s` : "";
      return `${action.type} ${action.region ?? "the whole picture"} as ${action.key.source}${kept}`;
    }
    case "redis_publish":
      return `${action.type} on ${action.channel}: ${action.message.source}`;
    case "postgresql_update_combined": {
      const { table, key_field, key_value, fields } = action;
      const set = Object.entries(fields).map(([column, { source }]) => `${column} = ${source}`);
      return `${action.type} ${table.schema}.${table.name} where ${key_field} = ${key_value.source}: ${set.join(", ")}`;
    }
    case "webhook":
      return `${action.type} to ${withoutUserAndQuery(action.url)}: ${action.message.source}`;
    case "mqtt_publish":
      return `${action.type} on ${action.topic.source}: ${action.message.source}`;
  }
}

/** The branches an action waits for. */
export const awaitedBy = (action: Action): readonly string[] =>
  action.type === "postgresql_update_combined" ? action.waitForBranches : [];

/** Where results go, without user names and passwords. */
export function connectionsOf({ redis, postgresql, mqtt }: PipelineFile): string[] {
  return [
    ...(redis ? [`Redis ${redis.host}:${redis.port}, database ${redis.db}`] : []),
    ...(postgresql ? [`PostgreSQL ${postgresql.host}:${postgresql.port}, database ${postgresql.database}`] : []),
    ...(mqtt ? [`MQTT ${mqtt.host}:${mqtt.port}`] : []),
  ];
}

/** Whether the branches of a node run at the same time, as they do when it or one of them says so. */
export const areParallel = ({ parallel, branches }: Pick<PipelineNode, "parallel" | "branches">): boolean =>
  branches.length > 1 && (parallel || branches.some((branch) => branch.parallel));

const withoutUserAndQuery = (url: string): string =>
  url.replace(/^(https?:\/\/)[^/?#]*@/i, "$1…@").replace(/\?.*$/s, "?…");
