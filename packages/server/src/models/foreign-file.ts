import { SensoriumError } from "@sensorium/protocol";

const LOOKED_AT = 4096;

/** The kinds of nodes that TensorFlow's graphs begin with. */
const TENSORFLOW_NODES = /Placeholder|Const|VarHandleOp|NoOp/;

/** What is often found under the name of an ONNX file, how to tell it by its beginning, and what to do instead. */
const FOREIGN: readonly (readonly [isIt: (head: string) => boolean, sentence: string])[] = [
  [(head) => head.startsWith("PK") && head.includes("data.pkl"), "it is a PyTorch checkpoint: name it .pt"],
  [(head) => head.startsWith("PK"), "it is a zip archive: unpack it first"],
  [(head) => head.startsWith("\x89HDF"), "it is a Keras model (HDF5): export it as ONNX"],
  [(head) => head.startsWith("TFL3", 4), "it is a TensorFlow Lite model: export it as ONNX"],
  // A GraphDef begins with its first node, a SavedModel with version 1 and a graph; ONNX with versions above 1.
  [
    (head) => (head.startsWith("\n") || head.startsWith("\x08\x01\x12")) && TENSORFLOW_NODES.test(head),
    "it is a TensorFlow graph: export it as ONNX",
  ],
  [
    (head) => head.startsWith("version https://git-lfs"),
    "it is a pointer of Git LFS, not the model itself: download the file that it stands for",
  ],
  [
    (head) => /^\s*<(!doctype|html)/i.test(head),
    "it is a web page: its address leads to a page about the model, not to the model",
  ],
];

/**
 * Returns a file's bytes unless they are plainly something else than ONNX.
 * @throws SensoriumError "model-invalid" saying what it is, and what to do.
 */
export function refuseForeign(bytes: Uint8Array): Uint8Array {
  const head = Buffer.from(bytes.subarray(0, LOOKED_AT)).toString("latin1");
  const found = FOREIGN.find(([isIt]) => isIt(head));
  if (found) throw new SensoriumError("model-invalid", found[1]);
  return bytes;
}
