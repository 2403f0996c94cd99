import { invalid } from "../onnx/wire.ts";
import { type Dtype, elementReaders, elementSize } from "./dtype.ts";

/** The elements that one or several tensors look at. Its bytes are there once the checkpoint has been read. */
export class TorchStorage {
  readonly kind = "storage";
  readonly dtype: Dtype;
  /** Name of its entry under `data/` in the checkpoint. */
  readonly key: string;
  /** Elements, not bytes. */
  readonly length: number;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #littleEndian = true;

  constructor({ dtype, key, length }: Pick<TorchStorage, "dtype" | "key" | "length">) {
    this.dtype = dtype;
    this.key = key;
    this.length = length;
  }

  /** Gives the storage its bytes. Throws `model-invalid` when they are fewer than its elements need. */
  attach(bytes: Uint8Array, littleEndian: boolean): void {
    const needed = this.length * elementSize[this.dtype];
    if (bytes.length < needed) {
      throw invalid(`The weights ${this.key} of the checkpoint have ${bytes.length} bytes; ${needed} are needed.`);
    }
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, needed);
    this.#littleEndian = littleEndian;
  }

  /** Reads the element with an index as a number. */
  reader(): (index: number) => number {
    const read = elementReaders[this.dtype];
    const size = elementSize[this.dtype];
    const view = this.#view;
    const littleEndian = this.#littleEndian;
    return (index) => read(view, index * size, littleEndian);
  }
}

/** Where a tensor's elements lie in its storage, all in elements. */
export interface TensorLayout {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A view on a storage. Shape and strides have been checked against it. */
export class TorchTensor {
  readonly kind = "tensor";
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Number of its elements. */
  readonly size: number;

  /** Throws `model-invalid` when an element would lie outside the storage. */
  constructor(storage: TorchStorage, { offset, shape, strides }: TensorLayout) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.size = checkedSize(storage, { offset, shape, strides });
  }

  get dtype(): Dtype {
    return this.storage.dtype;
  }

  /** A contiguous copy as float32, last dimension fastest; a bool becomes 0 or 1. */
  floats(): Float32Array {
    const out = new Float32Array(this.size);
    if (this.size === 0) return out;
    const { shape, strides } = this.#rows();
    const read = this.storage.reader();
    const width = shape.at(-1) ?? 1;
    const stride = strides.at(-1) ?? 1;
    const position = new Array<number>(Math.max(shape.length - 1, 0)).fill(0);
    let start = this.offset;
    for (let at = 0; at < out.length; ) {
      for (let i = 0; i < width; i++) out[at++] = read(start + i * stride);
      start += advance(position, { shape, strides });
    }
    return out;
  }

  /** Shape and strides with neighbouring dimensions joined where their elements follow each other. */
  #rows(): { readonly shape: readonly number[]; readonly strides: readonly number[] } {
    const shape: number[] = [];
    const strides: number[] = [];
    for (const [axis, size] of this.shape.entries()) {
      const stride = this.strides[axis] ?? 0;
      const outer = strides.at(-1);
      if (size === 1) continue;
      if (outer === size * stride) {
        shape.push((shape.pop() ?? 1) * size);
        strides[strides.length - 1] = stride;
      } else {
        shape.push(size);
        strides.push(stride);
      }
    }
    return { shape, strides };
  }
}

/** Moves to the next row, like an odometer, and returns how far that is in the storage. */
function advance(position: number[], { shape, strides }: Pick<TensorLayout, "shape" | "strides">): number {
  let moved = 0;
  for (let axis = position.length - 1; axis >= 0; axis--) {
    const stride = strides[axis] ?? 0;
    const next = (position[axis] ?? 0) + 1;
    if (next < (shape[axis] ?? 1)) {
      position[axis] = next;
      return moved + stride;
    }
    position[axis] = 0;
    moved -= (next - 1) * stride;
  }
  return moved;
}

function checkedSize(storage: TorchStorage, { offset, shape, strides }: TensorLayout): number {
  const whole = [offset, ...shape, ...strides].every((value) => Number.isSafeInteger(value) && value >= 0);
  const size = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce((index, length, axis) => index + (length - 1) * (strides[axis] ?? 0), offset);
  const inside = size === 0 || (Number.isSafeInteger(last) && last < storage.length);
  if (!whole || shape.length !== strides.length || !Number.isSafeInteger(size) || !inside) {
    throw invalid(`The checkpoint is damaged: a tensor of shape [${shape}] does not fit the weights ${storage.key}.`);
  }
  return size;
}
