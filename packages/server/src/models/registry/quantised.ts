import { readdir, rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { LIMITS, runApart } from "../apart.ts";
import { manifestFor } from "../manifest.ts";
import type { FileOrigin } from "../origin.ts";
import type { PreparedModel } from "../prepared.ts";
import type { QuantiseRequest, SideBySide } from "./quantise-process.ts";

/** Pictures on which values are measured; as many others are compared on. */
const MOST_PICTURES = 64;
const FEWEST_PICTURES = 8;
const PICTURE = /\.(jpe?g|png|bmp|webp)$/i;
/** Looking at every value of every layer takes a third of a second and more for each picture. */
const CALIBRATION = { ...LIMITS, timeoutMs: 600_000 };

/** The part of its time in float that a model on bytes may take, and how much of what it found it has to find. */
const MOST_TIME = 0.9;
const LEAST_AGREEMENT = 0.9;

/** What became of the wish that a model computes on bytes. */
export interface Quantised {
  /** The new model's file in the draft, where it is better here than the one in float. */
  readonly file: string | null;
  /** A line for people: what it is now, and why. */
  readonly line: string;
  /** Null when no part of the model can be computed on bytes. */
  readonly measured: SideBySide | null;
}

/** What is to be made to compute on bytes. */
export interface QuantiseOptions {
  readonly origin: FileOrigin;
  readonly prepared: PreparedModel;
  /** Of typical pictures. */
  readonly pictures: string;
  /** Where the new model's files are written, in the folder of models. */
  readonly draft: string;
  readonly models: string;
}

/**
 * Makes a detector compute on bytes, in a process of its own, and compares it with itself in float on other pictures of
 * the folder: how fast it is, and whether it finds the same.
 * @throws SensoriumError "config-invalid" when the folder has too few pictures, and what happens to the process.
 */
export async function quantiseApart(options: QuantiseOptions): Promise<Quantised> {
  const paths = await picturesIn(options.pictures);
  const file = `${basename(options.origin.path, extname(options.origin.path))}.int8.onnx`;
  try {
    manifestFor("detect", options.prepared.manifest);
    const measured = await measure(options, { paths, file });
    const isKept = isWorthIt(measured);
    if (!isKept) await rm(join(options.draft, file));
    return { file: isKept ? file : null, line: lineOf(measured), measured };
  } catch (thrown) {
    if (!(thrown instanceof SensoriumError) || thrown.code !== "model-unsupported") throw thrown;
    return { file: null, line: `stays in float: ${thrown.message}`, measured: null };
  }
}

async function measure(
  { origin, prepared, draft, models }: QuantiseOptions,
  { paths, file }: { readonly paths: readonly string[]; readonly file: string },
): Promise<SideBySide> {
  const graph = join(draft, "calibrated.onnx");
  const seen = paths.filter((_, index) => index % 2 === 0);
  const unseen = paths.filter((_, index) => index % 2 === 1);
  const request: QuantiseRequest = { origin, prepared, seen, unseen, into: join(draft, file), graph };
  try {
    return await runApart<SideBySide>({
      script: new URL("./quantise-process.ts", import.meta.url),
      request,
      subject: `the model ${basename(origin.path)} on bytes`,
      folder: models,
      limits: CALIBRATION,
    });
  } finally {
    await rm(graph, { force: true });
  }
}

/** Whether it is a tenth faster at least and finds nine in ten of the same. */
export function isWorthIt({ floatMs, bytesMs, agreement }: SideBySide): boolean {
  return bytesMs <= MOST_TIME * floatMs && agreement !== null && agreement >= LEAST_AGREEMENT;
}

function lineOf(measured: SideBySide): string {
  const { floatMs, bytesMs, agreement } = measured;
  const times = `${bytesMs.toFixed(1)} ms in 8-bit integers, ${floatMs.toFixed(1)} ms in float`;
  const agrees = agreement === null ? "in float it finds nothing in the pictures" : `agreement ${agreement.toFixed(2)}`;
  if (isWorthIt(measured)) return `computes in 8-bit integers: ${times}, ${agrees}`;
  return `stays in float: ${times}, ${agrees} (${MOST_TIME} of the time and ${LEAST_AGREEMENT} are needed)`;
}

/** Pictures of a folder, in order, spread over all of it when there are many. */
async function picturesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    throw new SensoriumError("config-invalid", `the folder ${folder} cannot be read: ${reasonOf(thrown)}`);
  });
  const found = names.filter((name) => PICTURE.test(name)).sort();
  if (found.length < FEWEST_PICTURES) {
    const why = `${folder} holds ${found.length} pictures; at least ${FEWEST_PICTURES} are needed`;
    throw new SensoriumError("config-invalid", why);
  }
  const count = Math.min(found.length, 2 * MOST_PICTURES);
  const chosen = Array.from({ length: count }, (_, index) => found[Math.floor((index * found.length) / count)] ?? "");
  return chosen.map((name) => join(folder, name));
}
