import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  motDetections,
  motPedestrians,
  parseMotText,
  parseSequenceInfo,
  type SequenceInfo,
} from "@sensorium/perception";
import { type Detections, SensoriumError, type Tracked } from "@sensorium/protocol";

/** A sequence of pictures in the arrangement of the MOTChallenge, without the pictures; one item per frame. */
export interface MotSequence {
  readonly name: string;
  readonly info: SequenceInfo;
  /** Everything that is annotated, of every class. */
  readonly annotated: readonly Tracked[];
  /** The people who are evaluated. */
  readonly truth: readonly Tracked[];
  readonly detections: readonly Detections[];
}

const TRUTH = "gt/gt.txt";

/**
 * The folders of sequences: `folder` itself, or those in it, by name. A sequence is where `gt/gt.txt` is. Throws
 * `source-invalid` where there is none.
 */
export async function findMotSequences(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SensoriumError("source-invalid", `${folder} is not a folder that can be read`, { cause });
  });
  if (await hasTruth(folder)) return [folder];
  const nested = names.sort().map((name) => join(folder, name));
  const found = await Promise.all(nested.map(hasTruth));
  const sequences = nested.filter((_, i) => found[i]);
  if (sequences.length > 0) return sequences;
  throw new SensoriumError("source-invalid", `neither ${folder} nor a folder in it has ${TRUTH}`);
}

/** Reads `gt/gt.txt`, `det/det.txt` and `seqinfo.ini`; throws `source-invalid` for what is missing or cannot be read. */
export async function readMotSequence(folder: string): Promise<MotSequence> {
  const infoFile = join(folder, "seqinfo.ini");
  const info = parseSequenceInfo(await read(infoFile, "the frame rate, length and picture size"), infoFile);
  const table = async (file: string, what: string): Promise<Tracked[]> => {
    const name = join(folder, file);
    return parseMotText(await read(name, what), { name, frames: info.frames });
  };
  const annotated = await table(TRUTH, "the truth");
  const truth = motPedestrians(annotated);
  if (truth.every(({ count }) => count === 0)) {
    const what = "nobody to evaluate: no line of class 1, or of none, whose seventh number is 1";
    throw new SensoriumError("source-invalid", `${join(folder, TRUTH)} holds ${what}`);
  }
  const detections = motDetections(await table("det/det.txt", "what the detector found"));
  return { name: basename(resolve(folder)), info, annotated, truth, detections };
}

const hasTruth = (folder: string): Promise<boolean> =>
  stat(join(folder, TRUTH)).then(
    () => true,
    () => false,
  );

async function read(file: string, what: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === "ENOENT" ? "is missing" : "cannot be read";
    throw new SensoriumError("source-invalid", `${file} ${problem}: it is to hold ${what}`, { cause });
  });
}
