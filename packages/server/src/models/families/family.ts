import type { ModelDescription } from "@sensorium/model-import";
import type { Box } from "@sensorium/perception";
import type { Size } from "@sensorium/protocol";
import type { FamilyName, InputSpec, ManifestDraft, Task } from "../manifest.ts";
import type { Results } from "../results.ts";

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
  /** What the picture shows of the source: results are given in the source's pixels. */
  readonly region: Box;
  /** What scores less is left out. */
  readonly minScore: number;
  /** Indices of the classes somebody wants of a detector; others are dropped before suppression. */
  readonly classes: ReadonlySet<number>;
}

/** Models of one task whose files look and are read alike. */
export interface Family<T extends Task> {
  readonly task: T;
  readonly name: FamilyName<T>;
  /**
   * What can be told of a file of this family from its shapes and metadata; null when it is another family's.
   * @throws SensoriumError "model-invalid" when it is of this family and contradicts itself.
   */
  recognise(description: ModelDescription): ManifestDraft<T> | null;
  /** The outputs that `decode` reads, by name; null for all. */
  readonly outputs: readonly string[] | null;
  /** @throws SensoriumError "model-invalid" when the outputs are not this family's. */
  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Results[T];
}

/**
 * A family of detectors. The thresholds in its manifests are where, on the people of COCO's first 128 pictures, about
 * 50, 85 and 90 % of the boxes with that score or a higher one are right.
 */
export type DetectorFamily = Family<"detect">;
