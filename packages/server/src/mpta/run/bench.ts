import type { Box } from "@sensorium/perception";
import type { Frame } from "../../flow/frame.ts";
import type { Look, View } from "./node-model.ts";
import type { NodeResult, Stop } from "./result.ts";
import { type LoadedNode, runPipeline } from "./run-pipeline.ts";

/** Milliseconds that half of the runs, and nineteen in twenty, do not exceed. */
export interface Times {
  readonly p50: number;
  readonly p95: number;
}

/** How long one model takes. */
export interface NodeBench extends Times {
  readonly modelId: string;
  /** The medians of what the model itself takes of these, and of reading what it gives. */
  readonly run: number;
  readonly decode: number;
}

/** What running a model's branches at the same time is worth. */
export interface BranchBench {
  /** The model they belong to. */
  readonly modelId: string;
  readonly branches: readonly string[];
  readonly inTurn: Times;
  readonly together: Times;
  /** Together in parts of in turn, by their medians. */
  readonly ratio: number;
  /** The slowest branch alone in parts of in turn: what more cores than branches would leave. */
  readonly slowest: number;
}

/** How long a bundle takes for one picture. */
export interface BundleBench {
  readonly nodes: readonly NodeBench[];
  readonly branches: readonly BranchBench[];
  /** The whole pipeline; why it stops on this picture, where it does. */
  readonly pipeline: Times & { readonly stop: Stop | null };
  /** What it takes beyond the models that are waited for, runs and decoding: cutting out, handing over, deciding. */
  readonly beyond: Times;
}

/** What is measured. */
export interface BenchOptions {
  /** Runs of each part. */
  readonly rounds: number;
  /** Called with the number of rounds done so far. */
  readonly onRound?: (done: number) => void;
}

/** Rounds in which caches fill. */
const WARM_UP = 3;

/** Measures a bundle's models, each by itself, its branches in turn and together, and the pipeline as it runs. */
export async function benchBundle(root: LoadedNode, frame: Frame, options: BenchOptions): Promise<BundleBench> {
  const first = await runPipeline(root, frame);
  const scenes = scenesOf(root, { result: first.root, whole: frame.region });
  const nodes: NodeSeries[] = scenes.map(({ loaded }) => ({
    modelId: loaded.node.modelId,
    all: [],
    run: [],
    decode: [],
  }));
  const groups: GroupSeries[] = scenes
    .filter(({ below }) => below.length > 1)
    .map(({ loaded, below }) => {
      const each = below.map(() => []);
      return { modelId: loaded.node.modelId, below, each, inTurn: [], together: [] };
    });
  const pipeline: number[] = [];
  const beyond: number[] = [];
  for (let round = 0; round < options.rounds + WARM_UP; round++) {
    for (const [i, scene] of scenes.entries()) await measureNode(scene, { frame, series: nodes[i] });
    for (const group of groups) await measureGroup(group, frame);
    const { ms, modelMs } = await runPipeline(root, frame);
    pipeline.push(ms);
    beyond.push(ms - modelMs);
    options.onRound?.(Math.max(0, round + 1 - WARM_UP));
  }
  return {
    nodes: nodes.map(({ modelId, all, run, decode }) => ({
      modelId,
      ...timesOf(all),
      run: timesOf(run).p50,
      decode: timesOf(decode).p50,
    })),
    branches: groups.map(asBranchBench),
    pipeline: { ...timesOf(pipeline), stop: first.stop },
    beyond: timesOf(beyond),
  };
}

/** A model, what it is shown, and its branches in the same way. */
interface Scene {
  readonly loaded: LoadedNode;
  readonly view: View;
  readonly below: readonly Scene[];
}

interface NodeSeries {
  readonly modelId: string;
  readonly all: number[];
  readonly run: number[];
  readonly decode: number[];
}

interface GroupSeries {
  readonly modelId: string;
  readonly below: readonly Scene[];
  /** Of each of these by itself. */
  readonly each: readonly number[][];
  readonly inTurn: number[];
  readonly together: number[];
}

/** All models with what they are shown when the pipeline runs; those that do not run see the whole picture. */
function scenesOf(
  loaded: LoadedNode,
  { result, whole }: { readonly result: NodeResult | null; readonly whole: Box },
): Scene[] {
  const { crop, resizeTarget } = loaded.node;
  const [width, height] = resizeTarget;
  const view = { region: result?.view ?? whole, ...(crop && { resize: { width, height } }) };
  const branches = loaded.branches.map((branch) =>
    scenesOf(branch, { result: result?.branches.get(branch.node.modelId) ?? null, whole }),
  );
  const below = branches.flatMap(([scene]) => (scene ? [scene] : []));
  return [{ loaded, view, below }, ...branches.flat()];
}

async function measureNode(
  { loaded, view }: Scene,
  { frame, series }: { readonly frame: Frame; readonly series: NodeSeries | undefined },
): Promise<void> {
  const started = performance.now();
  const { inferenceMs, decodeMs } = await loaded.model.look(frame, view);
  series?.all.push(performance.now() - started);
  series?.run.push(inferenceMs);
  series?.decode.push(decodeMs);
}

async function measureGroup({ below, each, inTurn, together }: GroupSeries, frame: Frame): Promise<void> {
  const look = ({ loaded, view }: Scene): Promise<Look> => loaded.model.look(frame, view);
  const started = performance.now();
  let between = started;
  for (const [i, scene] of below.entries()) {
    await look(scene);
    each[i]?.push(performance.now() - between);
    between = performance.now();
  }
  await Promise.all(below.map(look));
  inTurn.push(between - started);
  together.push(performance.now() - between);
}

function asBranchBench({ modelId, below, ...series }: GroupSeries): BranchBench {
  const [inTurn, together] = [timesOf(series.inTurn), timesOf(series.together)];
  const branches = below.map(({ loaded }) => loaded.node.modelId);
  const slowest = Math.max(...series.each.map((times) => timesOf(times).p50)) / inTurn.p50;
  return { modelId, branches, inTurn, together, ratio: together.p50 / inTurn.p50, slowest };
}

function timesOf(values: readonly number[]): Times {
  const sorted = values.slice(WARM_UP).sort((one, other) => one - other);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}
