export { readModel, writeModel } from "./onnx/codec.ts";
export { describeModel, type ModelDescription, type TensorDescription } from "./onnx/describe.ts";
export { fusePreprocess, type PerChannel, type PreprocessSpec } from "./onnx/preprocess.ts";
export type { Dimension, ElementType } from "./onnx/tensor.ts";
export { importTfjs, type TfjsModel } from "./tfjs/import.ts";
