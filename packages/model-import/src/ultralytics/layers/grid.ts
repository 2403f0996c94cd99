import type { Call, Value } from "../network.ts";

/** A cell of a head's feature maps. */
export interface Cell {
  /** Column and row. */
  readonly x: number;
  readonly y: number;
  /** Input pixels per cell. */
  readonly stride: number;
  /** Index of its feature map. */
  readonly level: number;
}

/** More than a picture of 4096 by 4096 pixels has at strides of 8, 16 and 32. */
const largestGrid = 400_000;

/** All cells of the feature maps that a head is given, map by map, each row by row from the top left. */
export function cellsOf({ module, inputs }: Call): Cell[] {
  const strides = module.floats("stride", [inputs.length]);
  const count = inputs.reduce((sum, { dims: [, height = 0, width = 0] }) => sum + height * width, 0);
  if (count > largestGrid) throw module.unsupported(`looks at ${count} cells, which are too many`);
  return inputs.flatMap(({ dims: [, height = 0, width = 0] }, level) => {
    const stride = strides[level] ?? 0;
    return Array.from({ length: height * width }, (_, i) => ({
      x: i % width,
      y: Math.floor(i / width),
      stride,
      level,
    }));
  });
}

/** What the branches of a head, one per feature map, make of them, joined: [values, cells]. */
export function branches(call: Call, name: string): Value {
  const parts = call.module.part(name).items();
  if (parts.length !== call.inputs.length) {
    throw call.module.invalid(`has ${parts.length} branches ${name} for ${call.inputs.length} feature maps`);
  }
  const flat = call.inputs.map((input, level) => {
    const map = parts.slice(level, level + 1).reduce((value, part) => call.run(part, value), input);
    const [values = 0, height = 0, width = 0] = map.dims;
    return call.reshape(map, [values, height * width]);
  });
  return call.concat(flat, 1);
}
