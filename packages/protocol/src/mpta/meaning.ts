import { nearestWord } from "../config/nearest.ts";
import type { ConfigPath, ConfigProblem } from "../config/problems.ts";
import type { Action } from "./actions.ts";
import type { PipelineFile, PipelineNode } from "./pipeline.ts";
import { checkNames } from "./placeholders.ts";
import type { Template } from "./template.ts";

/** What a pipeline says that cannot be, and what it says in vain. */
export interface Meaning {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Checks what a well-formed pipeline means, as far as it can be told without its models. */
export function meaningOf(file: PipelineFile): Meaning {
  const reader = new Reader(file);
  reader.node(file.pipeline, { path: ["pipeline"], parent: undefined, saved: false });
  return reader;
}

interface Place {
  readonly path: ConfigPath;
  readonly parent: PipelineNode | undefined;
  /** Whether a picture has been saved before, so that there is an image_key. */
  readonly saved: boolean;
}

interface ActionPlace {
  readonly path: ConfigPath;
  readonly node: PipelineNode;
  /** Branches whose results are there. */
  readonly branches: readonly string[] | undefined;
}

class Reader implements Meaning {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #file: PipelineFile;

  constructor(file: PipelineFile) {
    this.#file = file;
  }

  node(node: PipelineNode, place: Place): void {
    const { path, parent } = place;
    this.#classes(node, path);
    if (parent) this.#trigger(node, { path, parent, isFirst: parent === this.#file.pipeline });
    else if (node.crop) this.#warn([...path, "crop"], "does nothing here: the first model sees the whole picture");
    this.#sameIds(node, path);
    const saved = this.#actions(node, place);
    node.branches.forEach((branch, i) => {
      this.node(branch, { path: [...path, "branches", String(i)], parent: node, saved });
    });
  }

  #classes(node: PipelineNode, path: ConfigPath): void {
    if (!node.multiClass && node.expectedClasses.length > 0) {
      this.#warn([...path, "expectedClasses"], "does nothing without multiClass");
    }
    if (node.multiClass && node.expectedClasses.length === 0) {
      this.#warn([...path, "multiClass"], "does nothing without expectedClasses");
    }
    const strange = node.triggerClasses.length === 0 ? [] : without(node.expectedClasses, node.triggerClasses);
    if (strange.length > 0) {
      this.#warn([...path, "expectedClasses"], `has ${strange.join(", ")}, which triggerClasses leaves out`);
    }
    if (!node.crop && node.cropClass !== undefined) this.#warn([...path, "cropClass"], "does nothing without crop");
  }

  #trigger(node: PipelineNode, at: { path: ConfigPath; parent: PipelineNode; isFirst: boolean }): void {
    const triggers = [...at.path, "triggerClasses"];
    if (node.triggerClasses.length === 0) this.#warn(triggers, "is empty, so the branch never runs");
    // What a deeper model finds is up to its own classes, which only the model knows.
    if (!at.isFirst || at.parent.triggerClasses.length === 0) return;
    const strange = without(node.triggerClasses, at.parent.triggerClasses);
    if (strange.length > 0) this.#warn(triggers, `has ${strange.join(", ")}, which ${at.parent.modelId} never gives`);
    if (node.cropClass !== undefined && !at.parent.triggerClasses.includes(node.cropClass)) {
      const message = `is ${node.cropClass}, which ${at.parent.modelId} never gives, so the branch never runs`;
      this.#warn([...at.path, "cropClass"], message);
    }
  }

  #sameIds({ branches }: PipelineNode, path: ConfigPath): void {
    branches.forEach(({ modelId }, i) => {
      if (branches.findIndex((other) => other.modelId === modelId) === i) return;
      this.#warn(
        [...path, "branches", String(i), "modelId"],
        `is ${modelId}, as another branch's: one result hides the other`,
      );
    });
  }

  /** Returns whether a picture has been saved by then. */
  #actions(node: PipelineNode, { path, saved: before }: Place): boolean {
    let saved = before;
    const each = (list: "actions" | "parallelActions", branches: readonly string[] | undefined): void => {
      node[list].forEach((action, i) => {
        const at = { path: [...path, list, String(i)], node, branches };
        this.#action(action, at);
        if (!saved) this.#imageKey(action, at.path);
        saved ||= action.type === "redis_save_image";
      });
    };
    each("actions", undefined);
    each(
      "parallelActions",
      node.branches.map(({ modelId }) => modelId),
    );
    if (node.parallelActions.length > 0 && node.branches.length === 0) {
      this.#warn([...path, "parallelActions"], "never run: there are no branches");
    }
    return saved;
  }

  #action(action: Action, at: ActionPlace): void {
    this.#connection(action, at.path);
    for (const { path, template } of templatesOf(action)) {
      const { problems, warnings } = checkNames(template, at.branches);
      for (const message of problems) this.#refuse([...at.path, ...path], message);
      for (const message of warnings) this.#warn([...at.path, ...path], message);
    }
    if (action.type === "postgresql_update_combined") this.#awaited(action.waitForBranches, at);
    if (action.type === "redis_save_image") this.#region(action.region, at);
  }

  #connection({ type }: Action, path: ConfigPath): void {
    const needed = CONNECTION_OF[type];
    if (needed === undefined || this.#file[needed]) return;
    this.#warn(path, `is a ${type}, and the file has no usable ${needed} connection`);
  }

  #imageKey(action: Action, path: ConfigPath): void {
    for (const { path: field, template } of templatesOf(action)) {
      const used = template.parts.some((part) => typeof part !== "string" && part.name === "image_key");
      if (used) this.#warn([...path, ...field], "has {image_key}, and no redis_save_image comes before it");
    }
  }

  #awaited(awaited: readonly string[], { path, branches = [] }: ActionPlace): void {
    awaited.forEach((name, i) => {
      if (branches.includes(name)) return;
      const nearest = nearestWord(name, branches);
      const known = branches.length === 0 ? "there are none" : `there are ${branches.join(", ")}`;
      const hint = nearest === undefined ? known : `did you mean ${nearest}?`;
      this.#refuse([...path, "waitForBranches", String(i)], `is ${name}, which is not a branch of this node; ${hint}`);
    });
  }

  #region(region: string | undefined, { path, node }: ActionPlace): void {
    const known = node === this.#file.pipeline ? node.triggerClasses : [];
    if (region === undefined || known.length === 0 || known.includes(region)) return;
    this.#warn([...path, "region"], `is ${region}, which triggerClasses leaves out: the whole picture is saved`);
  }

  #warn(path: ConfigPath, message: string): void {
    this.warnings.push({ path, atKey: false, message });
  }

  #refuse(path: ConfigPath, message: string): void {
    this.problems.push({ path, atKey: false, message });
  }
}

const CONNECTION_OF = {
  redis_save_image: "redis",
  redis_publish: "redis",
  postgresql_update_combined: "postgresql",
  mqtt_publish: "mqtt",
  webhook: undefined,
} as const satisfies Record<Action["type"], "redis" | "postgresql" | "mqtt" | undefined>;

interface TemplateField {
  readonly path: ConfigPath;
  readonly template: Template;
}

/** The templates of an action, and where in it they stand. */
function templatesOf(action: Action): readonly TemplateField[] {
  switch (action.type) {
    case "redis_save_image":
      return [{ path: ["key"], template: action.key }];
    case "postgresql_update_combined":
      return [
        { path: ["key_value"], template: action.key_value },
        ...Object.entries(action.fields).map(([column, template]) => ({ path: ["fields", column], template })),
      ];
    case "mqtt_publish":
      return [
        { path: ["topic"], template: action.topic },
        { path: ["message"], template: action.message },
      ];
    default:
      return [{ path: ["message"], template: action.message }];
  }
}

const without = (some: readonly string[], known: readonly string[]): string[] =>
  some.filter((name) => !known.includes(name));
