export { readModel, writeModel } from "./onnx/codec.ts";
export { describeModel, type ModelDescription, type TensorDescription } from "./onnx/describe.ts";
export { fusePreprocess, type PerChannel, type PreprocessSpec } from "./onnx/preprocess.ts";
export { type ExposedModel, exposeValues, quantise } from "./onnx/quantise/quantise.ts";
export { Histogram, type Range } from "./onnx/quantise/ranges.ts";
export type { Dimension, ElementType } from "./onnx/tensor.ts";
export { importTfjs, type TfjsModel } from "./tfjs/import.ts";
export { type Checkpoint, readCheckpoint } from "./torch/checkpoint.ts";
export type { Dtype } from "./torch/dtype.ts";
export type { TorchStorage, TorchTensor } from "./torch/tensor.ts";
export {
  attribute,
  entry,
  fullName,
  isKind,
  type PickleCompound,
  type PickleDict,
  type PickleGlobal,
  type PickleList,
  type PickleObject,
  type PickleSet,
  type PickleTuple,
  type PickleValue,
  submodules,
} from "./torch/value.ts";
export type { ImportedUltralytics } from "./ultralytics/convert.ts";
export { importUltralytics } from "./ultralytics/import.ts";
export type { UltralyticsManifest, UltralyticsTask } from "./ultralytics/manifest.ts";
