import type { Box } from "@sensorium/perception";
import { fieldOfModel, type PipelineNode } from "@sensorium/protocol/mpta";
import type { ModelTimes } from "../../models/results.ts";
import type { Found } from "./node-model.ts";

/** What one model and its branches found in a frame. */
export interface NodeResult {
  readonly node: PipelineNode;
  /** What the model saw, in source pixels. */
  readonly view: Box;
  /** Everything that counts; a classifier gives one. */
  readonly found: readonly Found[];
  /** The best of each class. */
  readonly best: ReadonlyMap<string, Found>;
  /** The best of all. */
  readonly primary: Found;
  /** Branches that ran and found something, by modelId. */
  readonly branches: ReadonlyMap<string, NodeResult>;
}

/** Why nothing came of a frame: nothing was found, no expected class was, an awaited branch cannot run, a model failed. */
export type Stop = "nothing" | "unexpected" | "awaited" | "failed";

/** How long one model took. */
export interface NodeTiming extends ModelTimes {
  readonly modelId: string;
  /** Milliseconds until its answer was there, cutting and waiting included. */
  readonly ms: number;
}

/** A model that did not answer; the frame goes on without it. */
export interface Failure {
  readonly modelId: string;
  readonly error: Error;
}

/** What a pipeline makes of one frame. */
export interface PipelineResult {
  /** Null when the pipeline has stopped. */
  readonly root: NodeResult | null;
  readonly stop: Stop | null;
  /** Everything the root's model saw, also below its `minConfidence`. */
  readonly seen: readonly Found[];
  readonly timings: readonly NodeTiming[];
  readonly failures: readonly Failure[];
  /** Milliseconds from beginning to end. */
  readonly ms: number;
  /** Milliseconds of the models that were waited for, runs and decoding: of branches at the same time, the slowest. */
  readonly modelMs: number;
}

/** What is known of the vehicle in a frame: the `detection` of `imageDetection`. */
export interface Attributes {
  readonly carModel: string | null;
  readonly carBrand: string | null;
  readonly carYear: number | null;
  readonly bodyType: string | null;
  readonly licensePlateText: string | null;
  readonly licensePlateConfidence: number | null;
}

/** The attributes of a frame; all null when nothing was found. Of several models for one of them the surest counts. */
export function attributesOf(root: NodeResult | null): Attributes {
  const surest = { brand: surestOf(root, "brand"), body: surestOf(root, "body_type") };
  return {
    carModel: null,
    carBrand: surest.brand?.class ?? null,
    carYear: null,
    bodyType: surest.body?.class ?? null,
    licensePlateText: null,
    licensePlateConfidence: null,
  };
}

function surestOf(root: NodeResult | null, field: ReturnType<typeof fieldOfModel>): Found | undefined {
  if (!root) return undefined;
  const results = root.primary.box ? below(root) : [root, ...below(root)];
  return surest(results.filter(({ node }) => fieldOfModel(node.modelId) === field).map(({ primary }) => primary));
}

const below = ({ branches }: NodeResult): NodeResult[] =>
  [...branches.values()].flatMap((branch) => [branch, ...below(branch)]);

/** The one of the highest confidence; the first of several. */
export const surest = (found: readonly Found[]): Found | undefined =>
  found.reduce<Found | undefined>(
    (best, each) => (best && best.confidence >= each.confidence ? best : each),
    undefined,
  );
