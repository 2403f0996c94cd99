import type { Call, Converter } from "../emitter.ts";
import type { Activation } from "../value.ts";
import { activate } from "./elementwise.ts";

/** Operations on vectors of features. */
export const dense: Readonly<Record<string, Converter>> = {
  MatMul: (call) => multiply(call, []),
  _FusedMatMul: (call) => multiply(call, call.node.attributes.texts("fused_ops")),
  Softmax: softmax,
};

function multiply(call: Call, fused: readonly string[]): Activation {
  const { attributes } = call.node;
  const [transA, transB] = [attributes.flag("transpose_a"), attributes.flag("transpose_b")];
  const [a, b] = [call.input(0), call.input(1)];
  if (a.dims.length !== 2 || b.dims.length !== 2) throw call.unsupported("multiplies other than two matrices");
  const biased = fused[0] === "BiasAdd" ? [call.constant(2)] : [];
  const product = call.emit("Gemm", [a, b, ...biased], {
    dims: [a.dims[transA ? 1 : 0] ?? 1, b.dims[transB ? 0 : 1] ?? 1],
    layout: "tf",
    attributes: { transA: transA ? 1n : 0n, transB: transB ? 1n : 0n },
  });
  return fused.slice(biased.length).reduce((value, name) => activate(call, value, name), product);
}

/** Over the last axis. */
function softmax(call: Call): Activation {
  const value = call.input(0);
  return call.emit("Softmax", [value], { dims: value.dims, layout: "tf", attributes: { axis: -1n } });
}
