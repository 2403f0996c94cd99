import type { Box } from "@sensorium/perception";
import type { Size } from "@sensorium/protocol";
import type { Frame } from "../../flow/frame.ts";
import type { ModelTimes } from "../../models/results.ts";

/** One thing that a detector found, or what a classifier takes its view for. */
export interface Found {
  readonly class: string;
  /** 0..1 */
  readonly confidence: number;
  /** Whole source pixels, inside of the model's view; null of a classifier. */
  readonly box: Box | null;
}

/** What a model is shown of a frame. */
export interface View {
  /** Source pixels. */
  readonly region: Box;
  /** The proportions to which the region is brought; its own when absent. */
  readonly resize?: Size;
}

/** What a model says of one view. */
export interface Look extends ModelTimes {
  readonly found: readonly Found[];
}

/** The model of one node. */
export interface NodeModel {
  readonly task: "detect" | "classify";
  /** The names of everything that it tells apart. */
  readonly classes: readonly string[];
  /** The frame has to stay owned until the answer is there. Fails as detectors and frames do. */
  look(frame: Frame, view: View): Promise<Look>;
}
