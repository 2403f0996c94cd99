import type { Box } from "@sensorium/perception";
import { type Detections, SensoriumError } from "@sensorium/protocol";
import type { Frame } from "../flow/frame.ts";
import type { CropModel } from "../models/crop-model.ts";
import type { CropTask } from "../models/manifest.ts";
import type { Results } from "../models/results.ts";

/** The people a finder looks at. */
export interface WorthALook {
  /** The detector's class of people. */
  readonly person: number;
  /** Detections below it are not worth a look. */
  readonly minScore: number;
}

/** A crowd would keep every thread busy: of more people than this, the surest are looked at. */
const MOST_PEOPLE = 12;

/** The indices of the people who are worth a look, the surest first. */
export function surestPeople({ count, classes, scores }: Detections, { person, minScore }: WorthALook): number[] {
  const scoreOf = (index: number): number => scores[index] ?? 0;
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => classes[index] === person && scoreOf(index) >= minScore)
    .sort((one, other) => scoreOf(other) - scoreOf(one))
    .slice(0, MOST_PEOPLE);
}

/**
 * What a model says of one object of a frame, in a crop of the source's own picture. The frame stays owned until then.
 * Null for a crop that cannot be had any more, because the camera has just gone.
 */
export async function lookAt<T extends CropTask>(
  model: CropModel<T>,
  { frame, box }: { readonly frame: Frame; readonly box: Box },
): Promise<Results[T] | null> {
  const region = model.regionOf(box, frame.size);
  try {
    using picture = await frame.crop(region, model.format);
    return (await model.run({ camera: frame.camera, picture, region })).result;
  } catch (thrown) {
    if (thrown instanceof SensoriumError && thrown.retryable) return null;
    throw thrown;
  }
}
