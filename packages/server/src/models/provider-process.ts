/** Opens a session with one execution provider and ends: whether it works on this machine shows only then. */
import { writeModel } from "@sensorium/model-import";
import { InferenceSession } from "onnxruntime-node";
import { answerErrand } from "./apart-watchdog.ts";
import { sessionOptions } from "./onnx/session-options.ts";

const FLOAT32 = 1;

await answerErrand(async (provider) => {
  const session = await InferenceSession.create(smallestModel(), sessionOptions([String(provider)]));
  await session.release();
});

/** One number in, the same number out. */
function smallestModel(): Uint8Array {
  const type = { tensorType: { elemType: FLOAT32, shape: { dim: [] } } };
  const node = { input: ["x"], output: ["y"], opType: "Abs", attribute: [] };
  const graph = { name: "smallest", node: [node], initializer: [], valueInfo: [] };
  return writeModel({
    irVersion: 8,
    graph: { ...graph, input: [{ name: "x", type }], output: [{ name: "y", type }] },
    opsetImport: [{ domain: "", version: 13 }],
    metadataProps: [],
  });
}
