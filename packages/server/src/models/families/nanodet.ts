import type { ModelDescription } from "@sensorium/model-import";
import { type Detections, SensoriumError, type Size } from "@sensorium/protocol";
import { classNames } from "../labels.ts";
import { cellCount, DetectionList, suppress } from "./boxes.ts";
import { bestClass } from "./classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { pictureSize } from "./shapes.ts";

const STRIDES = [8, 16, 32];
const MAX_IOU = 0.6;

/**
 * NanoDet (RangiLyu, 2020) with its head after Generalized Focal Loss (Li et al. 2020, arXiv 2006.04388): per stride
 * an output [1, cells, classes] of class probabilities and one [1, cells, 4 · bins], in which each side's distance
 * from the cell's centre, in strides, is a distribution over 0 to bins − 1 before its softmax.
 */
export const nanodet: DetectorFamily = {
  task: "detect",
  name: "nanodet",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    const heads = size && headsOf(description.outputs, size);
    if (!size || !heads) return null;
    return {
      task: "detect",
      family: "nanodet",
      input: {
        ...size,
        fit: "contain-centre",
        pad: 0,
        order: "bgr",
        mean: [103.53, 116.28, 123.675],
        std: [57.375, 57.12, 58.395],
        layout: "nchw",
      },
      classes: classNames(Number(heads[0]?.scores.shape?.[2]), description.metadata),
      thresholds: { low: 0.25, high: 0.4, start: 0.45 },
      licence: licenceOf(description.metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const tensors = [...outputs.values()];
    const heads = headsOf(tensors, context.input);
    if (!heads) {
      const shapes = tensors.map(({ shape }) => `[${shape}]`).join(", ");
      throw new SensoriumError("model-invalid", `the outputs ${shapes} are not those of a NanoDet model`);
    }
    const found = new DetectionList();
    for (const head of heads) readHead(head, { context, found });
    return suppress(found.inSource(context), MAX_IOU);
  },
};

/** What one stride gives. */
interface Head<Tensor> {
  readonly stride: number;
  readonly scores: Tensor;
  readonly distances: Tensor;
}

/** Pairs the outputs by their number of cells, scores listed before distances; null when they do not pair. */
function headsOf<Tensor extends { readonly shape: readonly (number | string)[] | null }>(
  tensors: readonly Tensor[],
  size: Size,
): Head<Tensor>[] | null {
  if (tensors.length !== 2 * STRIDES.length) return null;
  const heads = STRIDES.map((stride) => {
    const cells = cellCount(size, [stride]);
    const [scores, distances] = tensors.filter(({ shape }) => shape?.length === 3 && shape[1] === cells);
    return scores && distances && { stride, scores, distances };
  }).filter((head) => head !== undefined);
  const [first] = heads;
  const [classes, values] = [Number(first?.scores.shape?.[2]), Number(first?.distances.shape?.[2])];
  const alike = heads.every(
    ({ scores, distances }) => scores.shape?.[2] === classes && distances.shape?.[2] === values,
  );
  return heads.length === STRIDES.length && alike && classes >= 1 && values >= 8 && values % 4 === 0 ? heads : null;
}

interface Reading {
  readonly context: DecodeContext;
  readonly found: DetectionList;
}

function readHead({ stride, scores, distances }: Head<OutputTensor>, { context, found }: Reading): void {
  const columns = Math.ceil(context.input.width / stride);
  const [, cells = 0, classes = 0] = scores.shape;
  const bins = (distances.shape[2] ?? 0) / 4;
  for (let cell = 0; cell < cells; cell++) {
    const row = scores.data.subarray(cell * classes, (cell + 1) * classes);
    const { classIndex, value } = bestClass(row, context.classes);
    if (classIndex < 0 || value < context.minScore) continue;
    const side = (index: number): number =>
      stride * expectation(distances.data.subarray((4 * cell + index) * bins, (4 * cell + index + 1) * bins));
    const x = ((cell % columns) + 0.5) * stride;
    const y = (Math.floor(cell / columns) + 0.5) * stride;
    found.add([x - side(0), y - side(1), x + side(2), y + side(3)], value, classIndex);
  }
}

/** The mean bin of a distribution given before its softmax. */
function expectation(logits: Float32Array): number {
  const largest = Math.max(...logits);
  let total = 0;
  let weighted = 0;
  logits.forEach((logit, bin) => {
    const weight = Math.exp(logit - largest);
    total += weight;
    weighted += bin * weight;
  });
  return weighted / total;
}
