import {
  type Action,
  fillTemplate,
  type PipelineFile,
  type PostgresqlUpdateCombined,
  type Template,
} from "@sensorium/protocol/mpta";
import type { DueAction, Values } from "./due-action.ts";
import type { NodeResult } from "./result.ts";
import { branchValues, contextValues, type FrameContext, foundValues } from "./values.ts";
import type { VisitMemory } from "./visit-memory.ts";

/** Something that could not be done: a template names what there is not this time. */
export interface Unfilled {
  readonly modelId: string;
  readonly action: Action["type"];
  readonly missing: readonly string[];
}

/** What is to be done about a frame. */
export interface Due {
  readonly due: readonly DueAction[];
  readonly unfilled: readonly Unfilled[];
}

/** Whose frame it is, and which visit's. */
export interface DueContext extends FrameContext {
  readonly pipeline: PipelineFile;
  /** Null without a visit: then nothing is recorded, and `session_id` has no value. */
  readonly visit: { readonly session: string; readonly memory: VisitMemory } | null;
  /** Whether the visit's record begins with this frame. */
  readonly begins: boolean;
  /** The vehicle's. */
  readonly track: number | null;
  /** A fresh UUID. */
  newId(): string;
}

/** What the pipeline wants done about what it found, in order: a node's own actions, its branches', those after them. */
export function dueFor(root: NodeResult, context: DueContext): Due {
  const list = new DueList(context);
  context.visit?.memory.learn(root);
  list.node(root, { path: [root.node.modelId], inherited: {} });
  return list;
}

/** Where a node is, and what it knows from those before it. */
interface Place {
  readonly path: readonly string[];
  readonly inherited: Values;
}

class DueList implements Due {
  readonly due: DueAction[] = [];
  readonly unfilled: Unfilled[] = [];
  readonly #context: DueContext;

  constructor(context: DueContext) {
    this.#context = context;
  }

  node(result: NodeResult, { path, inherited }: Place): void {
    const { node, primary, branches } = result;
    const { visit, begins, newId } = this.#context;
    const isRoot = path.length === 1;
    const own = foundValues(primary, { modelId: node.modelId, track: isRoot ? this.#context.track : null });
    const session: Values = visit ? { session_id: visit.session } : {};
    let values: Values = { ...own, ...contextValues(this.#context, newId()), ...session, ...inherited };
    if (isRoot && begins) this.due.push({ action: { type: "begin_record" }, values });
    for (const action of node.actions) values = this.#action(action, { result, values });
    const { image_key } = values;
    const passedOn: Values = image_key === undefined ? {} : { image_key };
    for (const [modelId, branch] of branches) this.node(branch, { path: [...path, modelId], inherited: passedOn });
    if (node.branches.length > 0) this.#parallel(result, { path, values });
  }

  #parallel(result: NodeResult, { path, values }: { readonly path: readonly string[]; readonly values: Values }): void {
    let all: Values = { ...values, ...valuesOfBranches(result) };
    result.node.parallelActions.forEach((action, i) => {
      if (action.type === "postgresql_update_combined") this.#combined(action, { result, path, index: i, values });
      else all = this.#action(action, { result, values: all });
    });
  }

  /** Returns what is known after it. */
  #action(
    action: Exclude<Action, PostgresqlUpdateCombined>,
    { result, values }: { readonly result: NodeResult; readonly values: Values },
  ): Values {
    if (!this.#hasConnection(action)) return values;
    const filled = templatesOf(action).map((template) => fill(template, values));
    const missing = filled.flatMap((each) => (each.ok ? [] : each.missing));
    if (missing.length > 0) {
      this.unfilled.push({ modelId: result.node.modelId, action: action.type, missing });
      return values;
    }
    if (action.type !== "redis_save_image") {
      this.due.push({ action, values });
      return values;
    }
    const box = action.region === undefined ? undefined : result.best.get(action.region)?.box;
    this.due.push({ action, values, region: box ?? result.view });
    const [key] = filled;
    return key?.ok ? { ...values, image_key: key.text } : values;
  }

  /** Written from the best results of the visit, when they have become better. */
  #combined(
    action: PostgresqlUpdateCombined,
    at: {
      readonly result: NodeResult;
      readonly path: readonly string[];
      readonly index: number;
      readonly values: Values;
    },
  ): void {
    const { result, path, index } = at;
    const { modelId, branches } = result.node;
    const memory = this.#context.visit?.memory;
    if (!memory || !this.#hasConnection(action)) return;
    if (!action.waitForBranches.every((id) => memory.has([...path, id]))) return;
    const ids = branches.map((branch) => branch.modelId);
    const values = { ...at.values, ...memory.valuesBelow(path, ids) };
    const key = fill(action.key_value, values);
    if (!key.ok) {
      this.unfilled.push({ modelId, action: action.type, missing: key.missing });
      return;
    }
    const fields = Object.entries(action.fields).filter(([, template]) => fill(template, values).ok);
    if (fields.length === 0) return;
    const columns = fields.map(([column, template]) => [column, fill(template, values)]);
    const text = JSON.stringify([key.text, columns]);
    if (!memory.write(JSON.stringify([...path, index]), { text, path })) return;
    this.due.push({ action: { ...action, fields: Object.fromEntries(fields) }, values });
  }

  #hasConnection({ type }: Action): boolean {
    const { redis, postgresql, mqtt } = this.#context.pipeline;
    if (type.startsWith("redis_")) return redis !== undefined;
    if (type.startsWith("postgresql_")) return postgresql !== undefined;
    return type !== "mqtt_publish" || mqtt !== undefined;
  }
}

const valuesOfBranches = ({ branches }: NodeResult): Values =>
  Object.assign(
    {},
    ...[...branches].map(([modelId, { primary }]) =>
      branchValues(modelId, foundValues(primary, { modelId, track: null })),
    ),
  );

const fill = (template: Template, values: Values): ReturnType<typeof fillTemplate> =>
  fillTemplate(template, (name) => values[name]);

/** The templates without whose values an action cannot be done; the first of a picture is its key. */
function templatesOf(action: Exclude<Action, PostgresqlUpdateCombined>): readonly Template[] {
  switch (action.type) {
    case "redis_save_image":
      return [action.key];
    case "mqtt_publish":
      return [action.topic, action.message];
    default:
      return [action.message];
  }
}
