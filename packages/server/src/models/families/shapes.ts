import type { ModelDescription } from "@sensorium/model-import";
import { SensoriumError, type Size } from "@sensorium/protocol";
import type { OutputTensor } from "./family.ts";

/** The size of a model's input when it takes one picture [1, 3, height, width]; else null. */
export function pictureSize({ inputs }: Pick<ModelDescription, "inputs">): Size | null {
  const [batch, channels, height, width] = inputs[0]?.shape ?? [];
  if (inputs.length !== 1 || inputs[0]?.shape?.length !== 4 || channels !== 3) return null;
  if (typeof batch === "number" && batch !== 1) return null;
  return typeof height === "number" && typeof width === "number" ? { width, height } : null;
}

/** The shape of a model's output when it has one, of known sizes and for one picture; else null. */
export function onlyOutput({ outputs }: ModelDescription): readonly number[] | null {
  const [batch, ...sizes] = outputs[0]?.shape ?? [];
  if (outputs.length !== 1 || (typeof batch === "number" && batch !== 1)) return null;
  const known = sizes.filter((size) => typeof size === "number");
  return known.length > 0 && known.length === sizes.length ? [1, ...known] : null;
}

/**
 * The only output of a run, when its shape is the expected one.
 * @throws SensoriumError "model-invalid" naming the shape and the `family` it should be of.
 */
export function outputOf(
  outputs: ReadonlyMap<string, OutputTensor>,
  { family, fits }: { readonly family: string; fits(shape: readonly number[]): boolean },
): OutputTensor {
  const [output] = outputs.values();
  if (output && fits(output.shape)) return output;
  throw new SensoriumError("model-invalid", `the output [${output?.shape ?? ""}] is not that of a ${family} model`);
}
