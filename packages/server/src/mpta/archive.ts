import { type FileHandle, open } from "node:fs/promises";
import { reasonOf, SensoriumError } from "@sensorium/protocol";

/** An archive as a path or in memory. */
export type BundleSource = string | Uint8Array;

/** An archive that is open for reading. */
export interface Archive extends AsyncDisposable {
  readonly bytes: number;
  /** What is read from: a file that stays open, or memory. */
  readonly content: FileHandle | Uint8Array;
  /** All of it from the beginning. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** @throws SensoriumError "bundle-invalid" when it cannot be opened, or is no file. */
export async function openArchive(source: BundleSource): Promise<Archive> {
  if (source instanceof Uint8Array) return inMemory(source);
  let file: FileHandle | undefined;
  try {
    file = await open(source, "r");
    const about = await file.stat();
    if (about.isFile()) return inFile(file, about.size);
  } catch (cause) {
    await file?.close();
    throw new SensoriumError("bundle-invalid", `cannot be read: ${reasonOf(cause)}`, { cause });
  }
  await file.close();
  throw new SensoriumError("bundle-invalid", "is not a file");
}

function inMemory(content: Uint8Array): Archive {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield content;
  }
  return { bytes: content.length, content, chunks, async [Symbol.asyncDispose]() {} };
}

function inFile(content: FileHandle, bytes: number): Archive {
  const chunks = () => content.createReadStream({ start: 0, autoClose: false });
  return { bytes, content, chunks, [Symbol.asyncDispose]: () => content.close() };
}
