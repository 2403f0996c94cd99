/** Makes one model compute on bytes, runs both side by side on other pictures, and ends. */
import { writeFile } from "node:fs/promises";
import { fusePreprocess } from "@sensorium/model-import";
import type { Detections } from "@sensorium/protocol";
import type { PictureFormat } from "../../flow/frame.ts";
import { answerErrand } from "../apart-watchdog.ts";
import { type ManifestOf, manifestFor } from "../manifest.ts";
import { ModelSession } from "../onnx/session.ts";
import type { FileOrigin } from "../origin.ts";
import { convertModel } from "../prepare.ts";
import type { PreparedModel } from "../prepared.ts";
import { resultFor } from "../results.ts";
import { agreementOf, type TwoFindings } from "./agreement.ts";
import { calibrate } from "./calibrate.ts";
import { type ReadPicture, readPicture } from "./picture-file.ts";

/** What is asked of the process. */
export interface QuantiseRequest {
  readonly origin: FileOrigin;
  /** The same model as it is used in float. */
  readonly prepared: PreparedModel;
  /** Paths of the pictures on which its values are measured, and of those on which the two are compared. */
  readonly seen: readonly string[];
  readonly unseen: readonly string[];
  /** Where the new model is written, and where its graph with the preprocessing inside. */
  readonly into: string;
  readonly graph: string;
}

/** How the model does on bytes, beside itself in float. */
export interface SideBySide {
  /** Half of the runs take no longer, in milliseconds, one thread each. */
  readonly floatMs: number;
  readonly bytesMs: number;
  /** 0 to 1; null when it finds nothing in float. */
  readonly agreement: number | null;
}

await answerErrand(async (request): Promise<SideBySide> => {
  const { origin, prepared, seen, unseen, into, graph } = request as QuantiseRequest;
  const manifest = manifestFor("detect", prepared.manifest);
  const onnx = await calibrate(await convertModel(origin), pictures(seen, manifest));
  await writeFile(into, onnx, { flush: true });
  await writeFile(graph, fusePreprocess(onnx, manifest.input));
  const models = [prepared, { ...prepared, path: graph }];
  return await compare(models, { paths: unseen, manifest });
});

function formatOf({ input: { width, height, fit } }: ManifestOf<"detect">): PictureFormat {
  return { width, height, fit: fit === "stretch" ? "stretch" : "contain" };
}

async function* pictures(paths: readonly string[], manifest: ManifestOf<"detect">) {
  for (const path of paths) yield (await readPicture(path, formatOf(manifest))).picture;
}

/** What is looked at, and by what kind of model. */
interface Comparison {
  readonly paths: readonly string[];
  readonly manifest: ManifestOf<"detect">;
}

/** Both models take turns, so that whatever else the machine does slows both. */
async function compare(models: readonly PreparedModel[], { paths, manifest }: Comparison): Promise<SideBySide> {
  const [float, bytes] = await Promise.all(models.map((model) => ModelSession.open(model)));
  if (!float || !bytes) throw new Error("two models are compared");
  const [times, findings] = [{ float: [] as number[], bytes: [] as number[] }, [] as TwoFindings[]];
  for (const path of paths) {
    const read = await readPicture(path, formatOf(manifest));
    const [trusted, other] = [await look(float, read, manifest), await look(bytes, read, manifest)];
    findings.push({ trusted: trusted.found, other: other.found });
    times.float.push(trusted.ms);
    times.bytes.push(other.ms);
  }
  const agreement = agreementOf(findings, manifest.thresholds.high);
  return { floatMs: median(times.float), bytesMs: median(times.bytes), agreement };
}

async function look(
  session: ModelSession,
  { picture, size }: ReadPicture,
  { classes, thresholds }: ManifestOf<"detect">,
): Promise<{ readonly found: Detections; readonly ms: number }> {
  const region = { x1: 0, y1: 0, x2: size.width, y2: size.height };
  const wanted = { minScore: thresholds.low, classes: [...classes.keys()] };
  const answer = await session.run({ key: "", picture, region, ...wanted });
  return { found: resultFor("detect", answer), ms: answer.inferenceMs };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
