import type { Box } from "@sensorium/perception";
import type { Size } from "@sensorium/protocol";
import type { PictureFormat } from "../../capture/messages.ts";
import { type Answer, type Crop, type CropModel, cropRegion } from "../crop-model.ts";
import type { ModelInfo } from "../detector.ts";
import type { CropTask, ManifestOf } from "../manifest.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** A loaded model that looks at parts of pictures. */
export class OnnxCropModel<T extends CropTask> implements CropModel<T> {
  readonly model: ModelInfo<T>;
  readonly format: PictureFormat;
  readonly concurrency: number;
  readonly #loaded: LoadedModel<T>;
  readonly #manifest: ManifestOf<CropTask>;

  constructor(loaded: LoadedModel<T>) {
    this.#loaded = loaded;
    this.#manifest = loaded.manifest;
    this.model = loaded.info;
    this.format = loaded.format;
    this.concurrency = loaded.threads;
  }

  regionOf(box: Box, source: Size): Box {
    return cropRegion(box, source, this.#manifest.crop);
  }

  async run(crop: Crop): Promise<Answer<T>> {
    const minScore = "minScore" in this.#manifest ? this.#manifest.minScore : 0;
    return await this.#loaded.run(crop, { minScore, classes: [] });
  }

  /** Gives the model back to its pool, which unloads it when nobody else holds it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#loaded[Symbol.asyncDispose]();
  }
}
