import { expect } from "vitest";
import { relativeDifference } from "./session.ts";
import { type Filled, floats, runTiny, type TinyModel } from "./tiny-model.ts";

/** Fails unless TFJS and ONNX Runtime give the same for a model, shapes included. */
export async function expectSame(model: TinyModel): Promise<void> {
  const { tfjs, onnx } = await runTiny(model);
  expect(onnx.map(({ dims }) => dims)).toEqual(tfjs.map(({ dims }) => dims));
  for (const [i, { values }] of tfjs.entries()) {
    expect(values.length).toBeGreaterThan(0);
    expect(relativeDifference(onnx[i]?.values ?? [], values, 1)).toBeLessThan(1e-4);
  }
}

/** A picture of which every dimension has another size. */
export const picture = (height = 5, width = 6, channels = 4): Filled => floats(1, height, width, channels);
