import { invalid } from "../onnx/wire.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longer integers than any checkpoint has are refused: turning them into a bigint takes more than linear time. */
const maxIntegerBytes = 256;

/** Longest name of a module or a class, in bytes. */
const maxLine = 1024;

/** Reads the arguments of pickle's opcodes, front to back; byte slices are views on the input. */
export class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length of 64 bits; one that no file could have is refused by whatever is read next. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** A float64, which pickle stores with the highest byte first. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return decode(this.bytes(length));
  }

  /** Text up to the next line feed, which is stepped over. */
  line(): string {
    const start = this.#offset;
    const end = this.#bytes.subarray(start, start + maxLine).indexOf(0x0a);
    if (end < 0) throw invalid("The checkpoint is damaged: it names a class without an end.");
    this.#offset = start + end + 1;
    return decode(this.#bytes.subarray(start, start + end));
  }

  /** A signed integer of any length: a number when that is exact. */
  integer(length: number): number | bigint {
    if (length > maxIntegerBytes) throw invalid(`The checkpoint holds an integer of ${length} bytes.`);
    let value = 0n;
    for (const byte of this.bytes(length).toReversed()) value = (value << 8n) | BigInt(byte);
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #advance(length: number): number {
    const start = this.#offset;
    if (start + length > this.#bytes.length) throw invalid("The checkpoint is cut off before its end.");
    this.#offset = start + length;
    return start;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw invalid("The checkpoint is damaged: a text in it is not UTF-8.", error);
  }
}
