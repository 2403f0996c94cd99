import type * as proto from "./proto.ts";

/** How a field's value is read: `int` fits a safe integer (enums, dims, versions), `int64` needs all 64 bits. */
export type Kind = "int" | "int64" | "float" | "string" | "bytes" | (() => Schema);

/** One field of a message. */
export interface Field {
  readonly key: string;
  readonly number: number;
  readonly kind: Kind;
  readonly repeated: boolean;
}

/** The interpreted fields of a message, by number. */
export type Schema = ReadonlyMap<number, Field>;

type Shape<M> = Record<keyof Omit<M, "unknown">, readonly [number: number, kind: Kind, repeated?: "repeated"]>;

/** Ties a field table to the interface it fills: a missing or misspelt key does not compile. */
function schema<M>(shape: Shape<M>): Schema {
  const fields = Object.entries<Shape<M>[keyof Shape<M>]>(shape);
  return new Map(
    fields.map(([key, [number, kind, repeated]]) => [number, { key, number, kind, repeated: repeated !== undefined }]),
  );
}

const stringStringEntry = schema<proto.StringStringEntryProto>({ key: [1, "string"], value: [2, "string"] });

const operatorSetId = schema<proto.OperatorSetIdProto>({ domain: [1, "string"], version: [2, "int"] });

const dimension = schema<proto.DimensionProto>({ dimValue: [1, "int"], dimParam: [2, "string"] });

const tensorShape = schema<proto.TensorShapeProto>({ dim: [1, () => dimension, "repeated"] });

const tensorType = schema<proto.TensorTypeProto>({ elemType: [1, "int"], shape: [2, () => tensorShape] });

const type = schema<proto.TypeProto>({ tensorType: [1, () => tensorType] });

const valueInfo = schema<proto.ValueInfoProto>({ name: [1, "string"], type: [2, () => type] });

const tensor = schema<proto.TensorProto>({
  dims: [1, "int", "repeated"],
  dataType: [2, "int"],
  name: [8, "string"],
  rawData: [9, "bytes"],
  externalData: [13, () => stringStringEntry, "repeated"],
  dataLocation: [14, "int"],
});

const attribute: Schema = schema<proto.AttributeProto>({
  name: [1, "string"],
  type: [20, "int"],
  f: [2, "float"],
  i: [3, "int64"],
  s: [4, "bytes"],
  t: [5, () => tensor],
  g: [6, () => graph],
  floats: [7, "float", "repeated"],
  ints: [8, "int64", "repeated"],
  strings: [9, "bytes", "repeated"],
  tensors: [10, () => tensor, "repeated"],
  graphs: [11, () => graph, "repeated"],
});

const node: Schema = schema<proto.NodeProto>({
  input: [1, "string", "repeated"],
  output: [2, "string", "repeated"],
  name: [3, "string"],
  opType: [4, "string"],
  attribute: [5, () => attribute, "repeated"],
  docString: [6, "string"],
  domain: [7, "string"],
});

const graph: Schema = schema<proto.GraphProto>({
  node: [1, () => node, "repeated"],
  name: [2, "string"],
  initializer: [5, () => tensor, "repeated"],
  docString: [10, "string"],
  input: [11, () => valueInfo, "repeated"],
  output: [12, () => valueInfo, "repeated"],
  valueInfo: [13, () => valueInfo, "repeated"],
});

/** The schema of a model file. */
export const modelSchema = schema<proto.ModelProto>({
  irVersion: [1, "int"],
  producerName: [2, "string"],
  producerVersion: [3, "string"],
  domain: [4, "string"],
  modelVersion: [5, "int"],
  docString: [6, "string"],
  graph: [7, () => graph],
  opsetImport: [8, () => operatorSetId, "repeated"],
  metadataProps: [14, () => stringStringEntry, "repeated"],
});
