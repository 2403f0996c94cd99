/** Element types a converted graph works in. */
export type ValueType = "float32" | "int32" | "bool";

/** A tensor known when the model is imported. */
export interface Constant {
  readonly kind: "constant";
  readonly type: ValueType;
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** A tensor computed by the ONNX graph. */
export interface Activation {
  readonly kind: "activation";
  readonly type: ValueType;
  /** The shape TensorFlow gives it, whatever the layout: a picture is [batch, height, width, channels]. */
  readonly dims: readonly number[];
  /** Name of the ONNX value. */
  readonly name: string;
  /** How the ONNX value is arranged: as TensorFlow has it, or with a picture's channels first. */
  readonly layout: Layout;
  /** What the ONNX value still has to be multiplied by: a convolution folds it into its weights. */
  readonly factor?: number;
  /** The value of which this is another shape: shaping it back costs nothing. */
  readonly shapedFrom?: Activation;
}

/** A tensor of a TensorFlow graph. */
export type Value = Constant | Activation;

/** `tf`: the same arrangement as in TensorFlow. `nchw`: a 4-D tensor with axis 3 moved in front of axis 1. */
export type Layout = "tf" | "nchw";

/** Sizes in another order: entry i is the size of axis `order[i]`. */
export function permuteDims(dims: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => dims[axis] ?? 1);
}

/** What a value still has to be multiplied by. */
export function factorOf(value: Value): number {
  return value.kind === "activation" ? (value.factor ?? 1) : 1;
}

/** Number of elements of a shape. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** A constant with its axes in another order, its data rearranged. */
export function permute(constant: Constant, order: readonly number[]): Constant {
  const dims = permuteDims(constant.dims, order);
  const strides = constant.dims.map((_, axis) => sizeOf(constant.dims.slice(axis + 1)));
  const steps = permuteDims(strides, order);
  const data = constant.data.slice();
  const index = dims.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = constant.data[from] ?? 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const size = dims[axis] ?? 1;
      const step = steps[axis] ?? 0;
      from += step;
      if (next < size) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      from -= step * size;
    }
  }
  return { ...constant, dims, data };
}

/** The shape two tensors are broadcast to, or undefined when they do not match. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = -rank; axis < 0; axis++) {
    const x = a.at(axis) ?? 1;
    const y = b.at(axis) ?? 1;
    if (axis >= -a.length && axis >= -b.length && x !== y && x !== 1 && y !== 1) return undefined;
    dims.push(x === 1 ? y : x);
  }
  return dims;
}
