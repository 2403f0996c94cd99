import type { ModelDescription } from "@sensorium/model-import";
import { type Classification, SensoriumError } from "@sensorium/protocol";
import { classNames } from "../labels.ts";
import type { Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { IMAGENET, UNIT } from "./normalisation.ts";
import { onlyOutput, outputOf, pictureSize } from "./shapes.ts";

const IMAGENET_CLASSES = 1000;

/**
 * Classifiers: one output [1, classes] of probabilities, or of logits, which are put through softmax. Ultralytics'
 * take RGB from 0 to 1; others, known by ImageNet's 1000 classes or by class names in their metadata, ImageNet's mean
 * and deviation. A crop is stretched to the input.
 */
export const classifier: Family<"classify"> = {
  task: "classify",
  name: "classifier",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata } = description;
    const size = pictureSize(description);
    const [, count = 0, ...more] = onlyOutput(description) ?? [];
    const ultralytics = metadata.task === "classify";
    const known = ultralytics || metadata.names !== undefined || count === IMAGENET_CLASSES;
    if (!size || more.length > 0 || count < 2 || !known) return null;
    const values = ultralytics ? UNIT : IMAGENET;
    return {
      task: "classify",
      family: "classifier",
      input: { ...size, fit: "stretch", pad: 0, order: "rgb", ...values, layout: "nchw" },
      classes: classNames(count, metadata),
      crop: { margin: 0, square: false },
      licence: licenceOf(metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>): Classification {
    const { data } = outputOf(outputs, {
      family: "classifier",
      fits: (shape) => shape.length === 2 && (shape[1] ?? 0) >= 2,
    });
    const scores = probabilities(data);
    const score = Math.max(...scores);
    if (Number.isNaN(score))
      throw new SensoriumError("model-invalid", "the classifier gives values that are no numbers");
    return { classIndex: scores.indexOf(score), score, scores };
  },
};

/** Logits that are all positive and sum up to one by chance do not occur. */
function probabilities(values: Float32Array): Float32Array {
  const sum = values.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) < 1e-2 && values.every((value) => value >= 0)) return values.slice();
  const largest = values.reduce((a, b) => Math.max(a, b));
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}
