import { join } from "node:path";
import { MANIFEST_NAME, type SelfTest } from "@sensorium/protocol/mpta";
import type { CapturePool } from "../../capture/pool.ts";
import type { Bundle } from "../bundle.ts";
import type { Remark } from "../remark.ts";
import type { LoadedBundle } from "./loaded-bundle.ts";
import { withPicture } from "./picture.ts";
import type { NodeResult, PipelineResult } from "./result.ts";
import { runPipeline } from "./run-pipeline.ts";

/**
 * Runs a bundle on its self-test's picture and says what comes out otherwise than it expects; nothing without a
 * self-test.
 * @throws SensoriumError with a source code when the picture cannot be decoded.
 */
export async function runSelfTest(
  { manifest, files }: Pick<Bundle, "manifest" | "files">,
  { loaded, captures }: { readonly loaded: LoadedBundle; readonly captures: CapturePool },
): Promise<Remark[]> {
  if (!manifest?.selfTest) return [];
  const { picture, expect } = manifest.selfTest;
  const options = { path: join(files.folder, picture), format: loaded.format };
  const result = await withPicture(captures, options, (frame) => runPipeline(loaded.root, frame));
  return differences(result, { expect, loaded, picture });
}

function differences(
  { root, seen, failures }: PipelineResult,
  { expect, loaded, picture }: SelfTest & { readonly loaded: LoadedBundle },
): Remark[] {
  const { modelId, minConfidence } = loaded.root.node;
  const classes = new Set(seen.filter(({ confidence }) => confidence >= minConfidence).map((found) => found.class));
  const remark = (at: string, message: string): Remark => ({ where: `${MANIFEST_NAME}: selfTest${at}`, message });
  const missing = expect.classes.filter((name) => !classes.has(name));
  const found = classes.size === 0 ? "nothing" : [...classes].join(", ");
  const wrong = Object.entries(expect.branches).flatMap(([id, expected]) => {
    const given = resultsOf(root).get(id);
    if (given === expected) return [];
    const instead = given === undefined ? "the branch gives nothing" : `the branch gives ${given}`;
    return [remark(`.expect.branches.${id}`, `is ${expected}, and ${instead} for ${picture}`)];
  });
  return [
    ...failures.map((failure) =>
      remark("", `fails: the model ${failure.modelId} does not answer: ${failure.error.message}`),
    ),
    ...(missing.length === 0
      ? []
      : [remark(".expect.classes", `has ${missing.join(", ")}, and ${modelId} finds ${found} in ${picture}`)]),
    ...wrong,
  ];
}

/** What each model that has run gives, by modelId. */
function resultsOf(root: NodeResult | null): Map<string, string> {
  const all = (result: NodeResult): [string, string][] => [
    [result.node.modelId, result.primary.class],
    ...[...result.branches.values()].flatMap(all),
  ];
  return new Map(root ? all(root) : []);
}
