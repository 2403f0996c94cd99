import { SensoriumError } from "@sensorium/protocol";

/** Protobuf wire types in use; groups (3, 4) are not part of ONNX. */
export type WireType = 0 | 1 | 2 | 5;

const text = { decoder: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }), encoder: new TextEncoder() };

/** A `model-invalid` error: the bytes are not an ONNX model, or not one that can be used. */
export function invalid(message: string, cause?: unknown): SensoriumError {
  return new SensoriumError("model-invalid", message, { cause });
}

/** Reads protobuf wire primitives; every slice it returns is a view on the input. */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.offset >= this.bytes.length;
  }

  /** Field number and wire type of the next field. */
  tag(): { readonly field: number; readonly wire: WireType } {
    const tag = Number(this.varint());
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (field < 1 || field > 0x1fffffff || !isWireType(wire)) throw invalid("The file is not an ONNX model.");
    return { field, wire };
  }

  /** An unsigned 64-bit varint. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.offset++];
      if (byte === undefined) throw truncated();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw invalid("The file is not an ONNX model.");
  }

  /** A signed 64-bit varint (int32, int64, enum). */
  int64(): bigint {
    return BigInt.asIntN(64, this.varint());
  }

  float(): number {
    if (this.offset + 4 > this.bytes.length) throw truncated();
    this.offset += 4;
    return this.#view.getFloat32(this.offset - 4, true);
  }

  /** A length-delimited payload, as a view. */
  delimited(): Uint8Array {
    return this.#take(Number(this.varint()));
  }

  string(): string {
    try {
      return text.decoder.decode(this.delimited());
    } catch (error) {
      throw error instanceof SensoriumError ? error : invalid("The file is not an ONNX model.", error);
    }
  }

  /** Steps over the value of a field that is not interpreted. */
  skip(wire: WireType): void {
    if (wire === 0) this.varint();
    else if (wire === 2) this.delimited();
    else this.#take(wire === 1 ? 8 : 4);
  }

  #take(length: number): Uint8Array {
    const end = this.offset + length;
    if (end > this.bytes.length) throw truncated();
    const slice = this.bytes.subarray(this.offset, end);
    this.offset = end;
    return slice;
  }
}

/** Collects protobuf wire primitives; byte arrays are copied once, in `finish`. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  tag(field: number, wire: WireType): void {
    this.varint(BigInt(field * 8 + wire));
  }

  /** A 64-bit varint; negative values take ten bytes, as protobuf has it. */
  varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  float(value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.raw(bytes);
  }

  delimited(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length));
    this.raw(bytes);
  }

  string(value: string): void {
    this.delimited(text.encoder.encode(value));
  }

  /** A nested message, written by its own writer. */
  nested(inner: WireWriter): void {
    this.varint(BigInt(inner.#length));
    for (const part of inner.#parts) this.raw(part);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

function isWireType(wire: number): wire is WireType {
  return wire === 0 || wire === 1 || wire === 2 || wire === 5;
}

function truncated(): SensoriumError {
  return invalid("The file is not an ONNX model, or it is cut off before its end.");
}
