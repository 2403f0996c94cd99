/** Bundles of models and what is done with their detections: `pipeline.json`, `manifest.json`, templates. */
export {
  type Action,
  MqttPublish,
  NodeAction,
  ParallelAction,
  PostgresqlUpdateCombined,
  RedisPublish,
  RedisSaveImage,
  Webhook,
} from "./actions.ts";
export { type CheckedPipeline, checkPipeline } from "./check.ts";
export { DEFAULT_SCHEMA, type TableName } from "./identifiers.ts";
export { BundleManifest, MANIFEST_FORMAT, MANIFEST_NAME, SelfTest, SIGNATURE_NAME } from "./manifest.ts";
export {
  MAX_BRANCH_DEPTH,
  MqttConnection,
  nodesOf,
  PipelineFile,
  PipelineNode,
  type PlacedNode,
  PostgresqlConnection,
  RedisConnection,
} from "./pipeline.ts";
export { type BranchField, branchFieldOf, CONTEXT_FIELDS, DETECTION_FIELDS, fieldOfModel } from "./placeholders.ts";
export {
  type FilledTemplate,
  fillTemplate,
  type ParsedTemplate,
  type Placeholder,
  parseMessageTemplate,
  parseTemplate,
  placeholdersOf,
  type Template,
} from "./template.ts";
