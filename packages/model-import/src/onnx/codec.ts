import type { GraphProto, ModelProto } from "./proto.ts";
import { type Field, type Kind, modelSchema, type Schema } from "./schema.ts";
import { invalid, WireReader, type WireType, WireWriter } from "./wire.ts";

type Fields = Record<string, unknown> & { unknown?: Uint8Array[] };

/** Deeper nesting than any real model has (If and Loop bodies nest graphs); protobuf's own limit. */
const maxDepth = 100;

/** A model whose graph is known to be there. */
export type Model = ModelProto & { graph: GraphProto };

/**
 * Reads an ONNX model. Tensor data and uninterpreted fields are views on `bytes`, which must not change while the
 * model is in use. Throws `model-invalid` when the bytes are no ONNX model or its weights lie in another file.
 */
export function readModel(bytes: Uint8Array): Model {
  const model = decode(new WireReader(bytes), modelSchema, 0) as unknown as ModelProto;
  const { graph } = model;
  if (model.irVersion === undefined || graph === undefined || model.opsetImport.length === 0) {
    throw invalid("The file is not an ONNX model: it has no version, no operator set or no graph.");
  }
  const external = graph.initializer.find((tensor) => tensor.dataLocation === 1);
  if (external !== undefined) {
    const file = external.externalData.find((entry) => entry.key === "location")?.value ?? "another file";
    throw invalid(`The model keeps its weights in ${file}: export it as one file, without external data.`);
  }
  return Object.assign(model, { graph });
}

/** Writes a model; fields that were not interpreted on reading are written back byte for byte. */
export function writeModel(model: ModelProto): Uint8Array {
  const writer = new WireWriter();
  encode(writer, model as unknown as Fields, modelSchema);
  return writer.finish();
}

function decode(reader: WireReader, schema: Schema, depth: number): Fields {
  if (depth > maxDepth) throw invalid("The file is not an ONNX model: it nests too deeply.");
  const fields: Fields = {};
  for (const field of schema.values()) if (field.repeated) fields[field.key] = [];
  while (!reader.done) {
    const start = reader.offset;
    const { field: number, wire } = reader.tag();
    const field = schema.get(number);
    if (field === undefined) {
      reader.skip(wire);
      fields.unknown ??= [];
      fields.unknown.push(reader.bytes.subarray(start, reader.offset));
    } else {
      decodeField(reader, { field, wire, depth }, fields);
    }
  }
  return fields;
}

function decodeField(
  reader: WireReader,
  { field, wire, depth }: { field: Field; wire: WireType; depth: number },
  into: Fields,
): void {
  if (!field.repeated) {
    into[field.key] = decodeValue(expectWire(reader, field.kind, wire), field.kind, depth);
    return;
  }
  const list = into[field.key] as unknown[];
  const packed = wire === 2 && wireOf(field.kind) !== 2;
  if (!packed) {
    list.push(decodeValue(expectWire(reader, field.kind, wire), field.kind, depth));
    return;
  }
  const values = new WireReader(reader.delimited());
  while (!values.done) list.push(decodeValue(values, field.kind, depth));
}

function decodeValue(reader: WireReader, kind: Kind, depth: number): unknown {
  if (kind === "int") return safeInteger(reader.int64());
  if (kind === "int64") return reader.int64();
  if (kind === "float") return reader.float();
  if (kind === "string") return reader.string();
  if (kind === "bytes") return reader.delimited();
  return decode(new WireReader(reader.delimited()), kind(), depth + 1);
}

function encode(writer: WireWriter, fields: Fields, schema: Schema): void {
  for (const field of schema.values()) {
    const value = fields[field.key];
    if (field.repeated) encodeList(writer, field, value as readonly unknown[]);
    else if (value !== undefined) encodeField(writer, field, value);
  }
  for (const raw of fields.unknown ?? []) writer.raw(raw);
}

function encodeList(writer: WireWriter, field: Field, values: readonly unknown[]): void {
  if (wireOf(field.kind) === 2 || values.length < 2) {
    for (const value of values) encodeField(writer, field, value);
    return;
  }
  const packed = new WireWriter();
  for (const value of values) encodeValue(packed, field.kind, value);
  writer.tag(field.number, 2);
  writer.nested(packed);
}

function encodeField(writer: WireWriter, field: Field, value: unknown): void {
  writer.tag(field.number, wireOf(field.kind));
  encodeValue(writer, field.kind, value);
}

function encodeValue(writer: WireWriter, kind: Kind, value: unknown): void {
  if (kind === "int") writer.varint(BigInt(value as number));
  else if (kind === "int64") writer.varint(value as bigint);
  else if (kind === "float") writer.float(value as number);
  else if (kind === "string") writer.string(value as string);
  else if (kind === "bytes") writer.delimited(value as Uint8Array);
  else {
    const inner = new WireWriter();
    encode(inner, value as Fields, kind());
    writer.nested(inner);
  }
}

function wireOf(kind: Kind): WireType {
  if (kind === "int" || kind === "int64") return 0;
  return kind === "float" ? 5 : 2;
}

function expectWire(reader: WireReader, kind: Kind, wire: WireType): WireReader {
  if (wire !== wireOf(kind)) throw invalid("The file is not an ONNX model.");
  return reader;
}

function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalid(`The file is not a usable ONNX model: it holds the size ${value}.`);
  return number;
}
