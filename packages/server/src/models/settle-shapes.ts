import { fusePreprocess, type ModelDescription, type TensorDescription } from "@sensorium/model-import";
import { reasonOf, SensoriumError, type Size } from "@sensorium/protocol";
import { InferenceSession } from "onnxruntime-node";
import { trainedSize } from "./families/metadata.ts";
import { RAW } from "./families/normalisation.ts";
import { pictureSize } from "./families/shapes.ts";

/**
 * The description with the sizes that a file leaves open (a dynamic batch, height or width, and the outputs' sizes
 * that follow from them): one picture of the size that the metadata names, or 640×640; the runtime then tells the
 * outputs. What is no model of one picture comes back as it is.
 * @throws SensoriumError "model-invalid" when the model does not open at that size.
 */
export async function settleShapes(onnx: Uint8Array, description: ModelDescription): Promise<ModelDescription> {
  const { inputs, outputs, metadata } = description;
  if ([...inputs, ...outputs].every(({ shape }) => shape?.every((size) => typeof size === "number")))
    return description;
  const size = trainedSize(metadata);
  const settled = inputs.map((input) => ({ ...input, shape: pictureShape(input, size) }));
  const picture = pictureSize({ inputs: settled });
  if (!picture) return description;
  const shapes = await outputShapes(onnx, picture);
  const resolved = outputs.map((output) => ({ ...output, shape: shapes.get(output.name) ?? output.shape }));
  return { ...description, inputs: settled, outputs: resolved };
}

/** A shape [batch, channels, height, width] for one picture; sizes that are known stay. */
function pictureShape({ shape }: TensorDescription, { width, height }: Size): TensorDescription["shape"] {
  const open = [1, 3, height, width];
  return shape?.length === 4
    ? shape.map((size, axis) => (typeof size === "number" ? size : (open[axis] ?? size)))
    : shape;
}

/** The outputs' shapes as the runtime sees them once the input's size is fixed; nothing is run. */
async function outputShapes(onnx: Uint8Array, size: Size): Promise<Map<string, TensorDescription["shape"]>> {
  const fixed = fusePreprocess(onnx, {
    ...size,
    fit: "stretch",
    pad: 0,
    order: "rgb",
    ...RAW,
    layout: "nchw",
  });
  try {
    const session = await InferenceSession.create(fixed, {
      intraOpNumThreads: 1,
      // Sizes are often computed by nodes: folding them makes the shapes known.
      graphOptimizationLevel: "basic",
      logSeverityLevel: 4,
    });
    const tensors = session.outputMetadata.filter((output) => output.isTensor);
    await session.release();
    return new Map(tensors.map(({ name, shape }) => [name, shape]));
  } catch (thrown) {
    const why = `it does not open for pictures of ${size.width}×${size.height}: ${reasonOf(thrown)}`;
    throw new SensoriumError("model-invalid", why, { cause: thrown });
  }
}
