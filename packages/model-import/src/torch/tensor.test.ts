import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../testing/refusal.ts";
import { type Dtype, elementSize } from "./dtype.ts";
import { TorchStorage, TorchTensor } from "./tensor.ts";

function storage(dtype: Dtype, bytes: Uint8Array, { littleEndian = true }: { littleEndian?: boolean } = {}) {
  const made = new TorchStorage({ dtype, key: "0", length: bytes.length / elementSize[dtype] });
  made.attach(bytes, littleEndian);
  return made;
}

/** A storage of 0, 1, 2, … */
function counting(length: number): TorchStorage {
  return storage("float32", new Uint8Array(Float32Array.from({ length }, (_, i) => i).buffer));
}

function bytesOf(array: { readonly buffer: ArrayBuffer }): Uint8Array {
  return new Uint8Array(array.buffer);
}

describe("the elements of a tensor", () => {
  it.each<[Dtype, Uint8Array, number[]]>([
    ["float64", bytesOf(Float64Array.of(0.1, -2)), [Math.fround(0.1), -2]],
    ["float32", bytesOf(Float32Array.of(0.5, Number.NaN)), [0.5, Number.NaN]],
    ["float16", Uint8Array.of(0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc), [1, 2 ** -24, Number.NEGATIVE_INFINITY]],
    ["bfloat16", Uint8Array.of(0x80, 0x3f, 0x49, 0x40, 0x80, 0xff), [1, 3.140625, Number.NEGATIVE_INFINITY]],
    ["int64", bytesOf(BigInt64Array.of(-3n, 640n)), [-3, 640]],
    ["int32", bytesOf(Int32Array.of(-3, 640)), [-3, 640]],
    ["int16", bytesOf(Int16Array.of(-3, 640)), [-3, 640]],
    ["int8", bytesOf(Int8Array.of(-3, 64)), [-3, 64]],
    ["uint8", Uint8Array.of(253, 64), [253, 64]],
    ["bool", Uint8Array.of(0, 1, 255), [0, 1, 1]],
  ])("of %s become float32", (dtype, bytes, expected) => {
    const view = new TorchTensor(storage(dtype, bytes), { offset: 0, shape: [expected.length], strides: [1] });
    expect(view.dtype).toBe(dtype);
    expect([...view.floats()]).toEqual(expected);
    const size = elementSize[dtype];
    const swapped = bytes.map((_, i) => bytes[i - (i % size) + size - 1 - (i % size)] ?? 0);
    const big = new TorchTensor(storage(dtype, swapped, { littleEndian: false }), view);
    expect([...big.floats()]).toEqual(expected);
  });

  it.each<[string, number[], number[], number, number[]]>([
    ["a scalar", [], [], 3, [3]],
    ["a matrix", [2, 3], [3, 1], 0, [0, 1, 2, 3, 4, 5]],
    ["a transposed matrix", [3, 2], [1, 3], 0, [0, 3, 1, 4, 2, 5]],
    ["every second element from the first on", [3], [2], 1, [1, 3, 5]],
    ["a repeated row", [2, 3], [0, 1], 1, [1, 2, 3, 1, 2, 3]],
    ["a repeated element", [4], [0], 5, [5, 5, 5, 5]],
    ["nothing", [0, 3], [3, 1], 0, []],
  ])("are in order for %s", (_what, shape, strides, offset, expected) => {
    expect([...new TorchTensor(counting(6), { offset, shape, strides }).floats()]).toEqual(expected);
  });

  it("are those that the indices name, whatever the strides", () => {
    const axes = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: 0, max: 30 }) }),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(axes, fc.integer({ min: 0, max: 10 }), (dims, offset) => {
        const shape = dims.map(({ size }) => size);
        const strides = dims.map(({ stride }) => stride);
        let indices = [offset];
        for (const { size, stride } of dims) {
          indices = indices.flatMap((index) => Array.from({ length: size }, (_, i) => index + i * stride));
        }
        expect([...new TorchTensor(counting(400), { offset, shape, strides }).floats()]).toEqual(indices);
      }),
    );
  });
});

describe("a tensor is refused when", () => {
  it.each<[string, number[], number[], number]>([
    ["its last element lies outside", [2, 3], [3, 1], 1],
    ["its strides leave the storage", [2], [6], 0],
    ["it begins outside", [], [], 6],
    ["its offset is negative", [1], [1], -1],
    ["its stride is negative", [2], [-1], 3],
    ["its size is negative", [-1], [1], 0],
    ["its size is a fraction", [1.5], [1], 0],
    ["it has more sizes than strides", [2, 3], [1], 0],
    ["it has more elements than can be counted", [2 ** 30, 2 ** 30], [0, 0], 0],
  ])("%s", async (_what, shape, strides, offset) => {
    const make = () => new TorchTensor(counting(6), { offset, shape, strides });
    expect(await refusalOf(make)).toMatch(/^model-invalid: .*does not fit the weights 0/);
  });

  it("its storage has fewer bytes than elements", async () => {
    const made = new TorchStorage({ dtype: "float16", key: "17", length: 8 });
    expect(await refusalOf(() => made.attach(new Uint8Array(15), true))).toMatch(/weights 17 .* 15 bytes; 16 are/);
  });
});
