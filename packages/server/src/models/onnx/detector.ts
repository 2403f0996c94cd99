import { SensoriumError } from "@sensorium/protocol";
import type { PictureFormat } from "../../capture/messages.ts";
import type { Frame } from "../../flow/frame.ts";
import { wholeFrame } from "../crop-model.ts";
import type { Detector, DetectorInfo, Inference } from "../detector.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** What somebody wants of a model. */
export interface Wanted {
  /** Names of classes; the others are not looked for. */
  readonly classes: readonly string[];
  /** Detections below it are left out (the low threshold of the model's manifest). */
  readonly minScore?: number;
}

/** A loaded model as a detector of some of its classes. */
export class OnnxDetector implements Detector {
  readonly model: DetectorInfo;
  readonly format: PictureFormat;
  readonly concurrency: number;
  readonly #loaded: LoadedModel<"detect">;
  readonly #classes: readonly number[];
  readonly #minScore: number;

  constructor(loaded: LoadedModel<"detect">, wanted: Wanted) {
    const { classes, thresholds, name } = loaded.manifest;
    this.#loaded = loaded;
    this.#minScore = wanted.minScore ?? thresholds.low;
    this.#classes = wanted.classes.map((each) => classIndex(classes, each, name));
    this.concurrency = loaded.threads;
    this.format = loaded.format;
    this.model = { ...loaded.info, thresholds };
  }

  async detect(frame: Frame): Promise<Inference> {
    const wanted = { minScore: this.#minScore, classes: this.#classes };
    const { result: detections, ...times } = await this.#loaded.run(wholeFrame(frame), wanted);
    return { detections, ...times };
  }

  /** Gives the model back to its pool, which unloads it when nobody else holds it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#loaded[Symbol.asyncDispose]();
  }
}

function classIndex(known: readonly string[], wanted: string, model: string): number {
  const index = known.indexOf(wanted);
  if (index >= 0) return index;
  const some = known.slice(0, 12).join(", ");
  throw new SensoriumError(
    "config-invalid",
    `the model ${model} knows no class "${wanted}"; it knows ${some}${known.length > 12 ? ", …" : ""}`,
  );
}
