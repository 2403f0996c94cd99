/** The part of the ONNX schema (onnx.proto) that is interpreted here; names are the schema's, in camel case. */

/** Fields that are not interpreted, each with its tag, exactly as they were read; written back at the message's end. */
export interface Message {
  unknown?: Uint8Array[];
}

/** A whole model file. */
export interface ModelProto extends Message {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: number;
  docString?: string;
  graph?: GraphProto;
  opsetImport: OperatorSetIdProto[];
  metadataProps: StringStringEntryProto[];
}

/** Nodes in topological order with their constants, inputs and outputs. */
export interface GraphProto extends Message {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  docString?: string;
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
}

/** One operation; an empty input name stands for an omitted optional input. */
export interface NodeProto extends Message {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  domain?: string;
  attribute: AttributeProto[];
  docString?: string;
}

/** A named attribute; `type` says which of the values is meant. Integers are bigint: INT64_MAX is a common value. */
export interface AttributeProto extends Message {
  name?: string;
  type?: number;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats: number[];
  ints: bigint[];
  strings: Uint8Array[];
  tensors: TensorProto[];
  graphs: GraphProto[];
}

/** A constant. Data in typed fields (float_data, int64_data, …) stays in `unknown`; `rawData` is a view on the file. */
export interface TensorProto extends Message {
  dims: number[];
  dataType?: number;
  name?: string;
  rawData?: Uint8Array;
  externalData: StringStringEntryProto[];
  /** 1: the data lies in another file. */
  dataLocation?: number;
}

/** Name and type of an input, an output or an inner value. */
export interface ValueInfoProto extends Message {
  name?: string;
  type?: TypeProto;
}

/** The type of a value; only tensors are interpreted. */
export interface TypeProto extends Message {
  tensorType?: TensorTypeProto;
}

/** Element type and shape of a tensor; no `shape` means that even the rank is unknown. */
export interface TensorTypeProto extends Message {
  elemType?: number;
  shape?: TensorShapeProto;
}

/** A shape. */
export interface TensorShapeProto extends Message {
  dim: DimensionProto[];
}

/** A dimension: a number, a symbol, or neither when it is unknown. */
export interface DimensionProto extends Message {
  dimValue?: number;
  dimParam?: string;
}

/** A set of operators and its version; the empty domain is ONNX itself. */
export interface OperatorSetIdProto extends Message {
  domain?: string;
  version?: number;
}

/** A free key and value. */
export interface StringStringEntryProto extends Message {
  key?: string;
  value?: string;
}
