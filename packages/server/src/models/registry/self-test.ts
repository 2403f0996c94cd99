import { type Limits, runApart } from "../apart.ts";
import type { OutputDigest } from "../output-digest.ts";
import type { PreparedModel } from "../prepared.ts";
import type { SelfTestRequest } from "./self-test-process.ts";

/** A prepared model, and the pictures to run it on. */
export interface SelfTestOptions {
  readonly prepared: PreparedModel;
  /** Paths of pictures; null for the pattern. */
  readonly pictures: readonly (string | null)[];
  /** The folder of models. */
  readonly folder: string;
  readonly limits?: Limits;
}

/**
 * What a model gives on each picture, found out in a process of its own.
 * @throws SensoriumError "model-invalid" when it does not run, "source-invalid" when a picture cannot be read.
 */
export async function runSelfTests({ prepared, pictures, folder, limits }: SelfTestOptions): Promise<OutputDigest[][]> {
  const request: SelfTestRequest = { prepared, pictures };
  return await runApart<OutputDigest[][]>({
    script: new URL("./self-test-process.ts", import.meta.url),
    request,
    subject: `the model ${prepared.manifest.name}`,
    folder,
    ...(limits && { limits }),
  });
}
