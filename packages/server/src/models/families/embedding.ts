import { type Embedding, SensoriumError } from "@sensorium/protocol";
import type { OutputTensor } from "./family.ts";
import { outputOf } from "./shapes.ts";

/**
 * The only output [1, n] of a model, scaled to length 1.
 * @throws SensoriumError "model-invalid" when it is another shape, or no direction.
 */
export function embeddingOf(outputs: ReadonlyMap<string, OutputTensor>, family: string): Embedding {
  const { data } = outputOf(outputs, { family, fits: (shape) => shape.length === 2 && shape[0] === 1 });
  const length = Math.hypot(...data);
  if (length > 0 && Number.isFinite(length)) return data.map((value) => value / length);
  throw new SensoriumError("model-invalid", `the ${family} model gives no vector but one of length ${length}`);
}
