import { invalid } from "../../onnx/wire.ts";
import type { Call, Converter } from "../emitter.ts";
import { commonLayout, layoutOf } from "../layout.ts";
import { type Activation, broadcast, type Value, type ValueType } from "../value.ts";

/** Operations that work element by element, in whatever layout their inputs are. */
export const elementwise: Readonly<Record<string, Converter>> = {
  Add: (call) => binary(call, "Add"),
  AddV2: (call) => binary(call, "Add"),
  Sub: (call) => binary(call, "Sub"),
  Mul: (call) => binary(call, "Mul"),
  RealDiv: (call) => binary(call, "Div"),
  Minimum: (call) => binary(call, "Min"),
  Maximum: (call) => binary(call, "Max"),
  SquaredDifference: squaredDifference,
  Equal: (call) => ({ ...binary(call, "Equal"), type: "bool" }),
  FloorDiv: floorDivide,
  FloorMod: floorModulo,
  Relu: (call) => activate(call, call.input(0), "Relu"),
  Relu6: (call) => activate(call, call.input(0), "Relu6"),
  Sigmoid: (call) => activate(call, call.input(0), "Sigmoid"),
  Sqrt: (call) => call.emit("Sqrt", [call.input(0)], { dims: call.input(0).dims, layout: layoutOf(call.input(0)) }),
  _HardSigmoid: hardSigmoid,
  Cast: cast,
  Identity: (call) => call.input(0),
};

/** Applies an activation function by its TensorFlow name. */
export function activate(call: Call, value: Value, name: string): Activation {
  const same = { dims: value.dims, layout: layoutOf(value) };
  if (name === "Relu" || name === "Sigmoid") return call.emit(name, [value], same);
  if (name !== "Relu6") throw call.unsupported(`applies ${name}, which cannot be converted`);
  const limits = [0, 6].map((limit) => call.graph.constant("limit", [], Float32Array.of(limit)));
  return call.emitNamed("Clip", [call.emitter.name(value, same.layout), ...limits], same);
}

function binary(call: Call, opType: string, [a, b] = [call.input(0), call.input(1)]): Activation {
  const dims = broadcast(a.dims, b.dims);
  if (dims === undefined) throw invalid(`The TFJS node ${call.node.name} combines [${a.dims}] with [${b.dims}].`);
  return call.emit(opType, [a, b], { dims, layout: commonLayout([a, b]), proportional: opType === "Mul" });
}

function squaredDifference(call: Call): Activation {
  const difference = binary(call, "Sub");
  return binary(call, "Mul", [difference, difference]);
}

/** c·relu6(x + 3) = 6c·clip(x/6 + 1/2), c the second input. */
function hardSigmoid(call: Call): Activation {
  const value = call.input(0);
  const [c = 1 / 6] = call.numbers(1);
  const attributes = { alpha: 1 / 6, beta: 0.5 };
  return {
    ...call.emit("HardSigmoid", [value], { dims: value.dims, layout: layoutOf(value), attributes }),
    factor: 6 * c,
  };
}

/** ONNX divides integers towards zero, TensorFlow downwards: (a − a mod b) / b is exact in both. */
function floorDivide(call: Call): Activation {
  const [a, b] = [call.input(0), call.input(1)];
  if (a.type === "int32") return binary(call, "Div", [binary(call, "Sub", [a, floorModulo(call)]), b]);
  const quotient = binary(call, "Div");
  return call.emit("Floor", [quotient], quotient);
}

/** The remainder with the divisor's sign; ONNX has it for integers only. */
function floorModulo(call: Call): Activation {
  const [a, b] = [call.input(0), call.input(1)];
  if (a.type === "int32") return binary(call, "Mod");
  return binary(call, "Sub", [a, binary(call, "Mul", [floorDivide(call), b])]);
}

const castTypes: Readonly<Record<string, readonly [ValueType, bigint]>> = {
  DT_FLOAT: ["float32", 1n],
  DT_INT32: ["int32", 6n],
  DT_BOOL: ["bool", 9n],
};

function cast(call: Call): Value {
  const value = call.input(0);
  const wanted = call.node.attributes.type("DstT");
  const target = castTypes[wanted];
  if (target === undefined) throw call.unsupported(`casts to ${wanted}, which cannot be converted`);
  const [type, to] = target;
  if (type === value.type) return value;
  return call.emit("Cast", [value], { dims: value.dims, layout: layoutOf(value), type, attributes: { to } });
}
