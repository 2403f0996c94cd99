import { SensoriumError } from "@sensorium/protocol";
import type { Model } from "./codec.ts";
import { opsetOf } from "./describe.ts";

/** The oldest has Expand, which preprocessing uses; the newest is what ONNX Runtime 1.30 supports. */
const opsets = { oldest: 8, newest: 26 };
/** The newest file version that ONNX Runtime 1.30 reads. */
const newestIrVersion = 13;

/** Throws `model-unsupported` with one sentence when a model is older or newer than what can be run. */
export function refuseVersions(model: Model): void {
  const opset = opsetOf(model);
  const { irVersion = 0 } = model;
  if (opset < opsets.oldest || opset > opsets.newest) {
    const range = `${opsets.oldest} to ${opsets.newest} can be used`;
    throw unsupported(opset === 0 ? `no ONNX operator set; ${range}` : `operator set ${opset}; ${range}`);
  }
  if (irVersion > newestIrVersion) {
    throw unsupported(`version ${irVersion} of the ONNX file format; up to ${newestIrVersion} can be read`);
  }
}

const unsupported = (uses: string): SensoriumError =>
  new SensoriumError("model-unsupported", `The model uses ${uses}.`);
