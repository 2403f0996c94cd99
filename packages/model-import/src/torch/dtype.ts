import { float16 } from "../half.ts";

/** Bytes of an element, by type. */
export const elementSize = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

/** The element type of a storage. */
export type Dtype = keyof typeof elementSize;

/** Reads one element at an offset in bytes as a number; an int64 beyond 2^53 is rounded. */
export const elementReaders: Readonly<Record<Dtype, (view: DataView, at: number, littleEndian: boolean) => number>> = {
  float64: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
  float32: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
  float16: (view, at, littleEndian) => float16(view.getUint16(at, littleEndian)),
  bfloat16: (view, at, littleEndian) => bfloat16(view.getUint16(at, littleEndian)),
  int64: (view, at, littleEndian) => Number(view.getBigInt64(at, littleEndian)),
  int32: (view, at, littleEndian) => view.getInt32(at, littleEndian),
  int16: (view, at, littleEndian) => view.getInt16(at, littleEndian),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

/** The type of the storages of a class of `torch`, such as `HalfStorage`; undefined for any other class. */
export function dtypeOfStorage(className: string): Dtype | undefined {
  return storageClasses.get(className);
}

const storageClasses: ReadonlyMap<string, Dtype> = new Map([
  ["DoubleStorage", "float64"],
  ["FloatStorage", "float32"],
  ["HalfStorage", "float16"],
  ["BFloat16Storage", "bfloat16"],
  ["LongStorage", "int64"],
  ["IntStorage", "int32"],
  ["ShortStorage", "int16"],
  ["CharStorage", "int8"],
  ["ByteStorage", "uint8"],
  ["BoolStorage", "bool"],
]);

const widened = new DataView(new ArrayBuffer(4));

/** A bfloat16 is the upper half of a float32. */
function bfloat16(bits: number): number {
  widened.setUint32(0, bits * 0x10000);
  return widened.getFloat32(0);
}
