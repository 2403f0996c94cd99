import type { ModelDescription } from "@sensorium/model-import";
import type { Detections, Size } from "@sensorium/protocol";
import type { FamilyName, InputSpec, ModelManifest } from "../manifest.ts";

/** One output of a model as the runtime gives it. */
export interface OutputTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a decoder must know beside the tensors. */
export interface DecodeContext {
  readonly input: InputSpec;
  /** The scaled picture's size within the input. */
  readonly picture: Size;
  /** The source's size: boxes are given in its pixels. */
  readonly source: Size;
  readonly minScore: number;
  /** Indices of the classes somebody wants; others are dropped before suppression. */
  readonly classes: ReadonlySet<number>;
}

/** Detectors whose files look and are read alike. */
export interface DetectorFamily {
  readonly name: FamilyName;
  /**
   * What can be told of a file of this family from its shapes and metadata; null when it is another family's. The
   * thresholds are where, on the people of COCO's first 128 pictures, about 50, 85 and 90 % of the boxes with that
   * score or a higher one are right.
   * @throws SensoriumError "model-invalid" when it is of this family and contradicts itself.
   */
  recognise(description: ModelDescription): Omit<ModelManifest, "name" | "source"> | null;
  /** The outputs that `decode` reads, by name; null for all. */
  readonly outputs: readonly string[] | null;
  /** @throws SensoriumError "model-invalid" when the outputs are not this family's. */
  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections;
}
