import type { Layer } from "../network.ts";

/** Nothing. */
export const identity: Layer = ({ input }) => input;

/** x · σ(x). */
export const silu: Layer = (call) => {
  const { dims } = call.input;
  return call.emit("Mul", [call.input, call.emit("Sigmoid", [call.input], { dims })], { dims });
};

/** max(x, 0). */
export const relu: Layer = (call) => call.emit("Relu", [call.input], { dims: call.input.dims });

/** x, or a fraction of it below 0. */
export const leakyRelu: Layer = (call) => {
  const alpha = call.module.number("negative_slope");
  return call.emit("LeakyRelu", [call.input], { dims: call.input.dims, attributes: { alpha } });
};

/** x · clip(x / 6 + 1/2, 0, 1). */
export const hardSwish: Layer = (call) => call.emit("HardSwish", [call.input], { dims: call.input.dims });
