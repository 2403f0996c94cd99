import { readModel } from "../onnx/codec.ts";
import { invalid } from "../onnx/wire.ts";
import { unsupported } from "./errors.ts";

/** A kind of file that is met under the name of a checkpoint. */
interface Foreign {
  readonly is: (bytes: Uint8Array) => boolean;
  readonly error: () => Error;
}

/** Number at the head of a checkpoint of PyTorch before 1.6: a pickle of protocol 2 with an integer of ten bytes. */
const legacyHead = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

const foreignFiles: readonly Foreign[] = [
  { is: (bytes) => bytes.length === 0, error: () => invalid("The file is empty.") },
  {
    is: (bytes) => startsWith(bytes, legacyHead),
    error: () => unsupported("The checkpoint was saved by PyTorch before 1.6: load and save it with a newer one."),
  },
  {
    is: (bytes) => bytes[0] === 0x80,
    error: () => invalid("The file is a bare pickle, not a PyTorch checkpoint, which is a zip file."),
  },
  {
    is: isSafetensors,
    error: () =>
      unsupported("The file is in safetensors format, which holds weights but not the network they are for."),
  },
  {
    is: (bytes) => startsWith(bytes, text("\x89HDF")),
    error: () => unsupported("The file is a Keras model in HDF5 format, not a PyTorch checkpoint: convert it to ONNX."),
  },
  {
    is: (bytes) => startsWith(bytes, text("TFL3"), 4),
    error: () => unsupported("The file is a TensorFlow Lite model, not a PyTorch checkpoint: convert it to ONNX."),
  },
  {
    is: (bytes) => startsWith(bytes, text("version https://git-lfs")),
    error: () => invalid("The file is a Git LFS pointer, not the checkpoint itself: fetch it with git lfs pull."),
  },
  {
    is: (bytes) => /^\s*<(!doctype )?html/i.test(new TextDecoder("latin1").decode(bytes.subarray(0, 200))),
    error: () => invalid("The file is a web page, not a PyTorch checkpoint: the download went wrong."),
  },
  { is: isOnnx, error: () => invalid("The file is an ONNX model, not a PyTorch checkpoint: name it .onnx.") },
  {
    is: (bytes) => startsWith(bytes, [0x08, 0x01, 0x12]),
    error: () => unsupported("The file is a TensorFlow SavedModel, not a PyTorch checkpoint: convert it to ONNX."),
  },
];

/** Throws, saying what the file is instead, unless it begins like a zip file. */
export function expectZip(bytes: Uint8Array): void {
  if (startsWith(bytes, text("PK"))) return;
  const foreign = foreignFiles.find(({ is }) => is(bytes));
  throw foreign?.error() ?? invalid("The file is not a PyTorch checkpoint.");
}

function startsWith(bytes: Uint8Array, head: readonly number[], offset = 0): boolean {
  return head.every((byte, index) => bytes[offset + index] === byte);
}

function text(head: string): number[] {
  return Array.from(head, (character) => character.charCodeAt(0));
}

/** Safetensors begins with the length of its JSON header as 64 bits, then the header. */
function isSafetensors(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0, 0, 0, ...text('{"')], 5);
}

function isOnnx(bytes: Uint8Array): boolean {
  try {
    readModel(bytes);
    return true;
  } catch {
    return false;
  }
}
