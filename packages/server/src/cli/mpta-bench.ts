import { join } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import type { Bundle } from "../mpta/bundle.ts";
import { type BundleBench, benchBundle, type Times } from "../mpta/run/bench.ts";
import { withPicture } from "../mpta/run/picture.ts";
import { print } from "./models-folder.ts";
import { type RunningFlags, say, usable, withInspected, withLoaded } from "./mpta-bundle.ts";
import { Progress } from "./progress.ts";

/** Flags of `mpta bench`. */
export interface BenchFlags extends RunningFlags {
  readonly rounds?: number;
}

/** Measures a bundle on a picture: its self-test's where none is given. */
export async function benchPipeline(path: string, picture: string | undefined, flags: BenchFlags): Promise<void> {
  const { rounds = 50 } = flags;
  const measured = await withInspected(path, {}, (inspected) => {
    const bundle = usable(inspected, path);
    return withLoaded(bundle, flags, async ({ loaded, captures, threads }) => {
      say("warning", loaded.warnings, path);
      using progress = new Progress("measuring", { total: rounds, unit: "rounds" });
      const options = { path: picture ?? selfTestPicture(bundle), format: loaded.format };
      const onRound = (done: number): void => progress.reach(done);
      return withPicture(captures, options, async (frame) => {
        return { threads, ...(await benchBundle(loaded.root, frame, { rounds, onRound })) };
      });
    });
  });
  print(measured, flags, () => asText(measured));
}

function selfTestPicture({ manifest, files }: Bundle): string {
  if (manifest?.selfTest) return join(files.folder, manifest.selfTest.picture);
  throw new SensoriumError("config-invalid", "the bundle has no self-test: name a picture to measure it on");
}

function asText({ nodes, branches, pipeline, beyond, threads }: BundleBench & { readonly threads: number }): string[] {
  const names = [...nodes, ...branches].map(({ modelId }) => modelId.length);
  const width = Math.max(30, ...names);
  const row = (name: string, ...values: number[]): string =>
    [name.padEnd(width), ...values.map((value) => value.toFixed(2).padStart(8))].join(" ");
  const both = ({ p50, p95 }: Times): [number, number] => [p50, p95];
  return [
    `${"".padEnd(width)}   p50 ms   p95 ms      run   decode`,
    ...nodes.map((node) => row(node.modelId, ...both(node), node.run, node.decode)),
    ...branches.flatMap(({ modelId, branches: ids, inTurn, together, ratio, slowest }) => [
      "",
      `the ${ids.length} branches of ${modelId}`,
      row("one after the other", ...both(inTurn)),
      `${row("at the same time", ...both(together))}   ${ratio.toFixed(2)} of it; the slowest alone ${slowest.toFixed(2)}`,
    ]),
    "",
    row(`pipeline, ${threads} ${threads === 1 ? "thread" : "threads"}`, ...both(pipeline)),
    row("beyond the models", ...both(beyond)),
    ...(pipeline.stop ? [`the pipeline stops on this picture: ${STOPS[pipeline.stop]}`] : []),
  ];
}

const STOPS = {
  nothing: "nothing is found",
  unexpected: "no expected class is found",
  awaited: "an awaited branch cannot run",
  failed: "a model does not answer",
} as const;
