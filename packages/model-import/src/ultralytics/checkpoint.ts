import { invalid } from "../onnx/wire.ts";
import { unsupported } from "../torch/errors.ts";
import { entry, fullName, isKind, type PickleDict, type PickleValue } from "../torch/value.ts";
import { Module } from "./module.ts";

/** What a training run of Ultralytics leaves behind. */
export interface TrainedNetwork {
  /** The network as a whole; its layers are the items of its part `model`. */
  readonly model: Module;
  /** What was kept beside it: date, version, licence, settings of the training. */
  readonly checkpoint: PickleDict;
}

/**
 * Finds the network in a checkpoint: the averaged one (`ema`) where there is one, as Ultralytics itself prefers it.
 * Throws `model-unsupported` saying what is missing when there are only weights.
 */
export function networkOf(root: PickleValue): TrainedNetwork {
  if (!isKind(root, "dict")) throw invalid(`The checkpoint holds ${nameOf(root)} and not what Ultralytics saves.`);
  const record = entry(root, "ema") ?? entry(root, "model");
  if (isKind(record, "object")) return { model: new Module(record, ""), checkpoint: root };
  const weights = [record, entry(root, "state_dict"), entry(root, "model_state_dict"), root].find(isStateDict);
  if (weights === undefined) throw invalid('The checkpoint holds no network: Ultralytics saves it under "model".');
  const [first = ""] = [...weights.entries.keys()].map(String);
  throw unsupported(
    `The checkpoint holds only weights (a state dict: ${first} and ${weights.entries.size - 1} more). The network that ` +
      'they belong to is missing: take a checkpoint that Ultralytics saved, which has it under "model", or export ONNX.',
  );
}

function isStateDict(value: PickleValue | undefined): value is PickleDict {
  return isKind(value, "dict") && [...value.entries.values()].some((weight) => isKind(weight, "tensor"));
}

function nameOf(value: PickleValue): string {
  return isKind(value, "object") ? `a ${fullName(value)}` : "a single value";
}
