import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { OutputTensor } from "./families/family.ts";
import { decode, familyOf } from "./families/index.ts";
import type { ModelManifest } from "./manifest.ts";
import { outputsOf } from "./onnx/session.ts";
import { sessionOptions } from "./onnx/session-options.ts";
import type { OutputDigest } from "./output-digest.ts";

/** Few boxes come of a pattern; all of them would take long. */
const MIN_SCORE = 0.5;

/** A prepared graph and what is known of it. */
export interface Trial {
  readonly path: string;
  readonly manifest: ModelManifest;
  /** Planes G, B, R of the input's size; a pattern when absent. */
  readonly picture?: Uint8Array;
}

/**
 * Opens a prepared graph, runs it once, and reads its outputs as its family does.
 * @throws SensoriumError "model-invalid" when it does not run, gives what is not a number, or is not of that family.
 */
export async function tryModel({ path, manifest, picture }: Trial): Promise<OutputDigest[]> {
  const { input } = manifest;
  const { width, height } = input;
  const outputs = await runOnce(path, {
    pixels: picture ?? testPattern(width, height),
    dims: [1, 3, height, width],
    outputs: manifest.outputs ?? familyOf(manifest.family).outputs,
  });
  const digests = [...outputs].map(([name, tensor]) => digestOf(name, tensor));
  const classes = new Set("classes" in manifest ? manifest.classes.keys() : []);
  const region = { x1: 0, y1: 0, x2: width, y2: height };
  decode(manifest, outputs, { input, picture: { width, height }, region, minScore: MIN_SCORE, classes });
  return digests;
}

interface Run {
  readonly pixels: Uint8Array;
  readonly dims: readonly number[];
  /** By name; null for all. */
  readonly outputs: readonly string[] | null;
}

async function runOnce(path: string, { pixels, dims, outputs }: Run): Promise<Map<string, OutputTensor>> {
  try {
    const session = await InferenceSession.create(path, { ...sessionOptions(), logSeverityLevel: 4 });
    const [input = ""] = session.inputNames;
    const names = outputs ?? session.outputNames;
    const results = await session.run({ [input]: new Tensor("uint8", pixels, dims) }, names);
    await session.release();
    return outputsOf(results, names);
  } catch (cause) {
    if (cause instanceof SensoriumError) throw cause;
    throw new SensoriumError("model-invalid", `it does not run: ${reasonOf(cause)}`, { cause });
  }
}

function digestOf(name: string, { data, shape }: OutputTensor): OutputDigest {
  if (data.length === 0) return { name, shape: [...shape], mean: 0, deviation: 0, least: 0, most: 0 };
  let [sum, squares, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (!Number.isFinite(value)) {
      const what = Number.isNaN(value) ? "what is not a number (NaN)" : "an infinite number";
      throw new SensoriumError("model-invalid", `its output ${name} holds ${what} on the first picture`);
    }
    sum += value;
    squares += value * value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const mean = sum / data.length;
  const deviation = Math.sqrt(Math.max(0, squares / data.length - mean * mean));
  return { name, shape: [...shape], mean, deviation, least, most };
}

/** A picture that is the same everywhere: slopes of its own in each plane, and noise. */
export function testPattern(width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(3 * width * height);
  let noise = 1;
  for (let index = 0; index < pixels.length; index++) {
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
    const plane = Math.floor(index / (width * height));
    const [x, y] = [(index % width) / width, (Math.floor(index / width) % height) / height];
    const slope = [x, y, (x + y) / 2][plane] ?? 0;
    pixels[index] = Math.round(200 * slope) + (noise >>> 26);
  }
  return pixels;
}
