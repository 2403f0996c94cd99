import type { Box } from "@sensorium/perception";
import { reasonOf } from "@sensorium/protocol";
import type { PipelineNode } from "@sensorium/protocol/mpta";
import type { Frame } from "../../flow/frame.ts";
import { areParallel, awaitedBy } from "../describe.ts";
import type { Found, Look, NodeModel, View } from "./node-model.ts";
import { type Failure, type NodeResult, type NodeTiming, type PipelineResult, type Stop, surest } from "./result.ts";

/** A node with its model. */
export interface LoadedNode {
  readonly node: PipelineNode;
  readonly model: NodeModel;
  readonly branches: readonly LoadedNode[];
}

/**
 * Runs a pipeline on one frame, which has to stay owned until then. Never fails: a model that does is told of in the
 * result. Nothing is done with what is found; see `Visits`.
 */
export async function runPipeline(root: LoadedNode, frame: Frame): Promise<PipelineResult> {
  const started = performance.now();
  const run = new Run(frame);
  const { result, stop, look, modelMs } = await run.node(root, { region: frame.region });
  const { timings, failures } = run;
  const seen = look?.found ?? [];
  return { root: result, stop, seen, timings, failures, modelMs, ms: performance.now() - started };
}

/** What came of one node; `look` is what its model alone said. */
interface Ran {
  readonly result: NodeResult | null;
  readonly stop: Stop | null;
  readonly look: Look | null;
  /** Of this model and those after it that were waited for. */
  readonly modelMs: number;
}

/** A branch that runs, and what it is shown. */
interface Active {
  readonly branch: LoadedNode;
  readonly view: View;
}

/** One frame's way through a pipeline. */
class Run {
  readonly timings: NodeTiming[] = [];
  readonly failures: Failure[] = [];
  readonly #frame: Frame;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  async node(loaded: LoadedNode, view: View): Promise<Ran> {
    const { node, model } = loaded;
    const look = await this.#look(loaded, view);
    const modelMs = look ? look.inferenceMs + look.decodeMs : 0;
    const stopped = (stop: Stop): Ran => ({ result: null, stop, look, modelMs });
    if (!look) return stopped("failed");
    const found = model.task === "detect" ? look.found.filter(atLeast(node.minConfidence)) : look.found;
    const primary = surest(found);
    if (!primary) return stopped("nothing");
    const best = bestOfEach(found);
    if (!isExpected(node, best)) return stopped("unexpected");
    const active = loaded.branches.flatMap((branch) => activate(branch, { best, view }) ?? []);
    // Before anything is done: a part of what belongs together is worse than nothing.
    if (!hasAwaited(node, active)) return stopped("awaited");
    const { branches, ms } = await this.#branches(node, active);
    const result = { node, view: view.region, found, best, primary, branches };
    return { result, stop: null, look, modelMs: modelMs + ms };
  }

  async #look({ node: { modelId }, model }: LoadedNode, view: View): Promise<Look | null> {
    const started = performance.now();
    try {
      const look = await model.look(this.#frame, view);
      const { inferenceMs, decodeMs } = look;
      this.timings.push({ modelId, ms: performance.now() - started, inferenceMs, decodeMs });
      return look;
    } catch (thrown) {
      this.failures.push({ modelId, error: thrown instanceof Error ? thrown : new Error(reasonOf(thrown)) });
      return null;
    }
  }

  async #branches(
    { parallel }: PipelineNode,
    active: readonly Active[],
  ): Promise<{ readonly branches: Map<string, NodeResult>; readonly ms: number }> {
    const together = areParallel({ parallel, branches: active.map(({ branch }) => branch.node) });
    const ran = together
      ? await Promise.all(active.map(({ branch, view }) => this.node(branch, view)))
      : await inTurn(active, ({ branch, view }) => this.node(branch, view));
    const times = ran.map(({ modelMs }) => modelMs);
    const branches = new Map(ran.flatMap(({ result }) => (result ? [[result.node.modelId, result]] : [])));
    return { branches, ms: together ? Math.max(...times) : times.reduce((sum, ms) => sum + ms, 0) };
  }
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

const atLeast =
  (confidence: number) =>
  (found: Found): boolean =>
    found.confidence >= confidence;

function bestOfEach(found: readonly Found[]): Map<string, Found> {
  const best = new Map<string, Found>();
  for (const each of found) {
    const known = best.get(each.class);
    if (!known || each.confidence > known.confidence) best.set(each.class, each);
  }
  return best;
}

/** At least one of the classes that belong together is there. */
const isExpected = ({ multiClass, expectedClasses }: PipelineNode, best: ReadonlyMap<string, Found>): boolean =>
  !multiClass || expectedClasses.length === 0 || expectedClasses.some((name) => best.has(name));

/** The branch with what it is shown, when it is going to run. */
function activate(
  branch: LoadedNode,
  { best, view }: { readonly best: ReadonlyMap<string, Found>; readonly view: View },
): Active | undefined {
  const { triggerClasses, minConfidence, crop, cropClass = triggerClasses[0] ?? "", resizeTarget } = branch.node;
  const isTriggered = triggerClasses.some((name) => (best.get(name)?.confidence ?? -1) >= minConfidence);
  if (!isTriggered) return undefined;
  if (!crop) return { branch, view };
  const region = regionOf(best.get(cropClass), view.region);
  const [width, height] = resizeTarget;
  return region && { branch, view: { region, resize: { width, height } } };
}

/** Where something is: of a classifier, everything that it saw. */
const regionOf = (found: Found | undefined, view: Box): Box | undefined => found && (found.box ?? view);

function hasAwaited({ parallelActions }: PipelineNode, active: readonly Active[]): boolean {
  const ids = new Set(active.map(({ branch }) => branch.node.modelId));
  return parallelActions.flatMap(awaitedBy).every((id) => ids.has(id));
}
