import { z } from "zod";
import { NodeAction, ParallelAction } from "./actions.ts";

const port = z.int().min(1).max(65535);
const side = z.int().min(1).max(4096);
const classes = z.array(z.string().min(1));

/** Where a Redis server is. */
export const RedisConnection = z.strictObject({
  host: z.string().min(1),
  port,
  username: z.string().optional(),
  password: z.string().optional(),
  db: z.int().min(0).default(0),
});
export type RedisConnection = z.infer<typeof RedisConnection>;

/** Where a PostgreSQL server is, and which of its databases is meant. */
export const PostgresqlConnection = z.strictObject({
  host: z.string().min(1),
  port,
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string(),
});
export type PostgresqlConnection = z.infer<typeof PostgresqlConnection>;

/** Where an MQTT broker is. */
export const MqttConnection = z.strictObject({
  host: z.string().min(1),
  port: port.default(1883),
  username: z.string().optional(),
  password: z.string().optional(),
  tls: z.boolean().default(false),
});
export type MqttConnection = z.infer<typeof MqttConnection>;

/** One model, when it runs, and what comes of it. */
export const PipelineNode = z.strictObject({
  modelId: z.string().min(1).max(200),
  /** Path of the model inside the bundle. */
  modelFile: z
    .string()
    .min(1)
    .regex(/\.(?:pt|onnx)$/i, "must be a .pt or .onnx file"),
  /** The root's detections count from here; a branch runs on a detection of its parent's from here on. */
  minConfidence: z.number().min(0).max(1).default(0),
  /** Of the root: what is looked for, everything when empty. Of a branch: its parent's classes it runs on. */
  triggerClasses: classes.default([]),
  /** Numbers of the model's classes, in place of names. */
  triggerClassIndices: z.array(z.int().min(0)).optional(),
  multiClass: z.boolean().default(false),
  expectedClasses: classes.default([]),
  crop: z.boolean().default(false),
  /** The class whose region is cut out; the first of triggerClasses when absent. */
  cropClass: z.string().min(1).optional(),
  /** Width and height, in pixels, of what is cut out. */
  resizeTarget: z.tuple([side, side]).default([224, 224]),
  parallel: z.boolean().default(false),
  actions: z.array(NodeAction).default([]),
  parallelActions: z.array(ParallelAction).default([]),
  get branches(): z.ZodDefault<z.ZodArray<typeof PipelineNode>> {
    return z.array(PipelineNode).default([]);
  },
});
export type PipelineNode = z.infer<typeof PipelineNode>;

/** All of `pipeline.json`. */
export const PipelineFile = z.strictObject({
  redis: RedisConnection.optional(),
  postgresql: PostgresqlConnection.optional(),
  mqtt: MqttConnection.optional(),
  pipeline: PipelineNode,
});
export type PipelineFile = z.infer<typeof PipelineFile>;

/** The parts of the file without which a bundle still runs. */
export const CONNECTIONS = ["redis", "postgresql", "mqtt"] as const;

/** Branches may be this many levels below the root. */
export const MAX_BRANCH_DEPTH = 16;

/** A node, and the way to it from the root of the file. */
export interface PlacedNode {
  readonly node: PipelineNode;
  readonly path: readonly string[];
}

/** The nodes of a pipeline, each before its branches. */
export function nodesOf(root: PipelineNode, path: readonly string[] = ["pipeline"]): PlacedNode[] {
  const below = root.branches.flatMap((branch, i) => nodesOf(branch, [...path, "branches", String(i)]));
  return [{ node: root, path }, ...below];
}
