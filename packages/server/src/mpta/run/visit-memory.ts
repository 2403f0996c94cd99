import type { Values } from "./due-action.ts";
import type { NodeResult } from "./result.ts";
import { branchValues, foundValues } from "./values.ts";

interface Best {
  readonly confidence: number;
  readonly values: Values;
}

/**
 * What a vehicle was taken for in the course of its visit: of every branch its surest result, and what has been written
 * of them. Branches are named by the way to them, `["car_frontal", "car_brand"]`.
 */
export class VisitMemory {
  readonly #best = new Map<string, Best>();
  readonly #written = new Map<string, string>();
  #improved = new Set<string>();

  /** Takes in what all branches below a node say of one frame. */
  learn(result: NodeResult): void {
    this.#improved = new Set();
    this.#learn(result, [result.node.modelId]);
  }

  #learn({ branches }: NodeResult, path: readonly string[]): void {
    for (const [modelId, branch] of branches) {
      const at = [...path, modelId];
      const { primary } = branch;
      const known = this.#best.get(keyOf(at));
      if (!known || primary.confidence > known.confidence) {
        this.#best.set(keyOf(at), {
          confidence: primary.confidence,
          values: foundValues(primary, { modelId, track: null }),
        });
        this.#improved.add(keyOf(path));
      }
      this.#learn(branch, at);
    }
  }

  /** The best results of a node's branches so far, by the names that templates have for them. */
  valuesBelow(path: readonly string[], branches: readonly string[]): Values {
    return Object.assign(
      {},
      ...branches.map((modelId) => branchValues(modelId, this.#best.get(keyOf([...path, modelId]))?.values ?? {})),
    );
  }

  has(path: readonly string[]): boolean {
    return this.#best.has(keyOf(path));
  }

  /**
   * Whether something is to be written under `key`: for the first time, or because the node's branches have become
   * surer and `text` is not what was written before. Takes it as written.
   */
  write(key: string, { text, path }: { readonly text: string; readonly path: readonly string[] }): boolean {
    const before = this.#written.get(key);
    if (before !== undefined && (before === text || !this.#improved.has(keyOf(path)))) return false;
    this.#written.set(key, text);
    return true;
  }
}

const keyOf = (path: readonly string[]): string => JSON.stringify(path);
