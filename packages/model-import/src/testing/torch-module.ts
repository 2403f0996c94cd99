import { TorchStorage, TorchTensor } from "../torch/tensor.ts";
import type { PickleDict, PickleList, PickleObject, PickleTuple, PickleValue } from "../torch/value.ts";

/** A Python dict. */
export function dict(entries: Readonly<Record<string, PickleValue>>): PickleDict {
  return { kind: "dict", entries: new Map(Object.entries(entries)) };
}

/** A Python list. */
export function list(...items: PickleValue[]): PickleList {
  return { kind: "list", items };
}

/** A Python tuple. */
export function tuple(...items: PickleValue[]): PickleTuple {
  return { kind: "tuple", items };
}

/** A float32 tensor; one number fills it. */
export function floats(shape: readonly number[], values: number | readonly number[]): TorchTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length }, (_, i) =>
    typeof values === "number" ? values : (values[i] ?? Number.NaN),
  );
  const storage = new TorchStorage({ dtype: "float32", key: "0", length });
  storage.attach(new Uint8Array(data.buffer), true);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return new TorchTensor(storage, { offset: 0, shape, strides });
}

/** A `torch.nn.Module` as a checkpoint holds it: the full name of its class, its settings and weights, its parts. */
export function torchModule(
  className: string,
  settings: Readonly<Record<string, PickleValue>> = {},
  parts: Readonly<Record<string, PickleObject>> = {},
): PickleObject {
  const dot = className.lastIndexOf(".");
  const attributes = new Map(Object.entries({ ...settings, _modules: dict(parts) }));
  const [module, name] = [className.slice(0, dot), className.slice(dot + 1)];
  return { kind: "object", module, name, args: [], attributes, items: [], entries: new Map() };
}

/** Modules in a `ModuleList` or `Sequential`. */
export function torchModules(container: "ModuleList" | "Sequential", items: readonly PickleObject[]): PickleObject {
  return torchModule(`torch.nn.modules.container.${container}`, {}, Object.fromEntries(items.entries()));
}

/** A convolution without padding whose weights are all `weight`; `bias` has one value per output. */
export function conv2d({
  inputs,
  bias,
  weight = 0,
  stride = 1,
}: {
  readonly inputs: number;
  readonly bias: readonly number[];
  readonly weight?: number;
  readonly stride?: number;
}): PickleObject {
  const square = tuple(stride, stride);
  return torchModule("torch.nn.modules.conv.Conv2d", {
    weight: floats([bias.length, inputs, stride, stride], weight),
    bias: floats([bias.length], bias),
    kernel_size: square,
    stride: square,
    padding: tuple(0, 0),
    dilation: tuple(1, 1),
    groups: 1,
    padding_mode: "zeros",
  });
}
