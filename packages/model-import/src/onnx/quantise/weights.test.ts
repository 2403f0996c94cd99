import fc from "fast-check";
import { expect, it } from "vitest";
import { tensor } from "../tensor.ts";
import { biasAsIntegers, weightsAsBytes } from "./weights.ts";

it.each([0, 1] as const)("weights are within half a step of their channel, channels lying along axis %i", (axis) => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }));
  const cases = sizes.chain(([rows, columns]) => {
    const length = { minLength: rows * columns, maxLength: rows * columns };
    return fc.tuple(fc.constant([rows, columns]), fc.float32Array({ ...length, min: -1e6, max: 1e6, noNaN: true }));
  });
  fc.assert(
    fc.property(cases, ([dims, weights]) => {
      const { values, scales } = weightsAsBytes({ tensor: tensor("weight", dims, weights), axis });
      for (const [index, weight] of weights.entries()) {
        const channel = axis === 0 ? Math.floor(index / (dims[1] ?? 1)) : index % (dims[1] ?? 1);
        const scale = scales[channel] ?? 0;
        expect(Math.abs((values[index] ?? 0) * scale - weight)).toBeLessThanOrEqual(0.5001 * scale);
      }
    }),
  );
});

it("a bias beyond what an integer holds is the largest one", () => {
  const scales = Float32Array.of(0.5, 1e-20, 1e-20);
  expect([...biasAsIntegers(tensor("bias", [3], Float32Array.of(-3, 1, -1)), scales)]).toEqual([
    -6,
    2 ** 31 - 1,
    -(2 ** 31),
  ]);
});
