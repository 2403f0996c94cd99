import { type Box, boxAt } from "@sensorium/perception";
import type { Detections } from "@sensorium/protocol";
import { Frame } from "../../flow/frame.ts";
import type { Classifier } from "../../models/crop-model.ts";
import type { Detector } from "../../models/detector.ts";
import type { Found, Look, NodeModel, View } from "./node-model.ts";
import { boxWithin, cutMiddle, cutToFit } from "./views.ts";

/** A detector as the model of a node. */
export class DetectingModel implements NodeModel {
  readonly task = "detect";
  readonly classes: readonly string[];
  readonly #detector: Detector;

  constructor(detector: Detector) {
    this.#detector = detector;
    this.classes = detector.model.classes;
  }

  async look(frame: Frame, view: View): Promise<Look> {
    using part = await this.#part(frame, view);
    const { detections, inferenceMs, decodeMs } = await this.#detector.detect(part);
    return { found: foundIn(detections, { classes: this.classes, view: view.region }), inferenceMs, decodeMs };
  }

  /** The frame itself where it was captured for this model, else one of the view alone. */
  async #part(frame: Frame, view: View): Promise<Frame> {
    const { format } = this.#detector;
    if (!format || (!view.resize && isSame(view.region, frame.region) && frame.picture)) return frame.share();
    const cut = cutToFit(view, format);
    const picture = await frame.crop(cut.region, cut.format);
    const { camera, sequence, at, capturedMs, decodedMs, size } = frame;
    const release = (): void => picture[Symbol.dispose]();
    return new Frame({ camera, sequence, at, capturedMs, decodedMs, size, picture, region: cut.region, release });
  }
}

/** A classifier as the model of a node. */
export class ClassifyingModel implements NodeModel {
  readonly task = "classify";
  readonly classes: readonly string[];
  readonly #classifier: Classifier;

  constructor(classifier: Classifier) {
    this.#classifier = classifier;
    this.classes = classifier.model.classes;
  }

  async look(frame: Frame, view: View): Promise<Look> {
    const { region, format } = cutMiddle(view, this.#classifier.format);
    using picture = await frame.crop(region, format);
    const { result, inferenceMs, decodeMs } = await this.#classifier.run({ camera: frame.camera, picture, region });
    const name = this.classes[result.classIndex] ?? String(result.classIndex);
    return { found: [{ class: name, confidence: result.score, box: null }], inferenceMs, decodeMs };
  }
}

/** What is outside of the view is left out. */
function foundIn(
  detections: Detections,
  { classes, view }: { readonly classes: readonly string[]; readonly view: Box },
): Found[] {
  return Array.from(detections.scores).flatMap((confidence, i) => {
    const box = boxWithin(boxAt(detections, i), view);
    const index = detections.classes[i] ?? 0;
    return box ? [{ class: classes[index] ?? String(index), confidence, box }] : [];
  });
}

const isSame = (one: Box, other: Box): boolean =>
  one.x1 === other.x1 && one.y1 === other.y1 && one.x2 === other.x2 && one.y2 === other.y2;
