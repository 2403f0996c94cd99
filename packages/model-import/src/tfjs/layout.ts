import type { Layout, Value } from "./value.ts";

/** Where each NCHW axis lies in NHWC. */
export const nchwFromNhwc = [0, 3, 1, 2] as const;

/** Where each NHWC axis lies in NCHW. */
export const nhwcFromNchw = [0, 2, 3, 1] as const;

/** The layout a value is in; a constant is in TensorFlow's. */
export function layoutOf(value: Value): Layout {
  return value.kind === "activation" ? value.layout : "tf";
}

/** Channels first when a 4-D input is and all others can follow at no or little cost, else TensorFlow's layout. */
export function commonLayout(values: readonly Value[]): Layout {
  const follows = (value: Value) =>
    value.dims.length === 4 || (value.kind === "constant" ? value.dims.length < 4 : value.dims.length === 0);
  return values.some((value) => layoutOf(value) === "nchw") && values.every(follows) ? "nchw" : "tf";
}

/** Where an axis of TensorFlow's shape lies in a layout. */
export function axisIn(layout: Layout, axis: number): number {
  return layout === "tf" ? axis : (nhwcFromNchw[axis] ?? axis);
}
