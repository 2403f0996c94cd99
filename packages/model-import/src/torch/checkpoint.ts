import { invalid } from "../onnx/wire.ts";
import { unsupported } from "./errors.ts";
import { expectZip } from "./foreign.ts";
import { partsWithin } from "./nesting.ts";
import { readPickle } from "./pickle.ts";
import { isKind, type PickleCompound, type PickleValue } from "./value.ts";
import { ZipArchive } from "./zip.ts";

/**
 * Tensors may share weights and repeat them (a stride of 0), but together they may have only this many times the
 * elements that are stored, and this many on top: nobody who copies them all runs out of memory.
 */
const maxSharing = { factor: 4, elements: 1 << 24 };

/** A PyTorch checkpoint, as inert values. */
export interface Checkpoint {
  /** What was given to `torch.save`; for Ultralytics a dict with the network under `model` or `ema`. */
  readonly root: PickleValue;
}

/**
 * Reads a PyTorch checkpoint (`torch.save` of PyTorch 1.6 and later) without running anything of it. Weights are views
 * on `bytes`, which must not change while the checkpoint is in use. Throws `model-invalid` when the file is damaged,
 * hostile or something else, and `model-unsupported` when it is a checkpoint that cannot be read.
 */
export async function readCheckpoint(bytes: Uint8Array): Promise<Checkpoint> {
  expectZip(bytes);
  const zip = new ZipArchive(bytes);
  const folder = archiveFolder(zip.names);
  const root = readPickle((await zip.read(`${folder}/data.pkl`)) ?? new Uint8Array());
  await attachWeights(partsWithin(root), { zip, folder });
  return { root };
}

/** The one folder that everything of a checkpoint lies in. */
function archiveFolder(names: readonly string[]): string {
  const folders = names.flatMap((name) => /^([^/]+)\/data\.pkl$/.exec(name)?.[1] ?? []);
  const [folder, another] = folders;
  if (folder === undefined) throw invalid("The file is a zip file, but no PyTorch checkpoint: it holds no data.pkl.");
  if (another !== undefined) throw invalid("The file is a zip file with several checkpoints in it: unpack it first.");
  if (names.some((name) => name.startsWith(`${folder}/code/`))) {
    throw unsupported("The file is a TorchScript export: take the checkpoint that it was exported from, or ONNX.");
  }
  return folder;
}

/** Gives every storage that is in use its content, and checks that the tensors are worth no more than that. */
async function attachWeights(
  parts: Iterable<PickleCompound>,
  { zip, folder }: { readonly zip: ZipArchive; readonly folder: string },
): Promise<void> {
  const littleEndian = await isLittleEndian(zip, folder);
  const contents = new Map<string, Uint8Array>();
  let [held, shown] = [0, 0];
  for (const part of parts) {
    if (isKind(part, "tensor")) shown += part.size;
    if (!isKind(part, "storage")) continue;
    const content = contents.get(part.key) ?? (await zip.read(`${folder}/data/${part.key}`));
    if (content === undefined) throw invalid(`The checkpoint is damaged: its weights ${part.key} are missing.`);
    if (!contents.has(part.key)) held += part.length;
    contents.set(part.key, content);
    part.attach(content, littleEndian);
  }
  if (shown > maxSharing.elements + maxSharing.factor * held) {
    throw invalid(`The checkpoint is refused: its ${held} weights would fill tensors of ${shown} elements.`);
  }
}

async function isLittleEndian(zip: ZipArchive, folder: string): Promise<boolean> {
  const order = new TextDecoder().decode((await zip.read(`${folder}/byteorder`)) ?? new Uint8Array());
  if (order !== "" && order !== "little" && order !== "big") throw invalid("The checkpoint has an unknown byte order.");
  return order !== "big";
}
