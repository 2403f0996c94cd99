import type { Layer } from "../network.ts";
import * as activation from "./activation.ts";
import { anchorDetect } from "./anchor-detect.ts";
import { concat, sequential, upsample } from "./arrangement.ts";
import { attention, attentionBlock, crossStageAttention } from "./attention.ts";
import { classify } from "./classify.ts";
import { convolution, convolutionBlock, linear } from "./convolution.ts";
import { bottleneck, crossStage, crossStageSteps } from "./csp.ts";
import { detect, pose } from "./detect.ts";
import { averagePool, fastPyramidPool, maxPool, pyramidPool } from "./pooling.ts";

const torch: Readonly<Record<string, Layer>> = {
  "activation.Hardswish": activation.hardSwish,
  "activation.LeakyReLU": activation.leakyRelu,
  "activation.ReLU": activation.relu,
  "activation.SiLU": activation.silu,
  "container.Sequential": sequential,
  "conv.Conv2d": convolution,
  "dropout.Dropout": activation.identity,
  "linear.Identity": activation.identity,
  "linear.Linear": linear,
  "pooling.AdaptiveAvgPool2d": averagePool,
  "pooling.MaxPool2d": maxPool,
  "upsampling.Upsample": upsample,
};

const yolov5: Readonly<Record<string, Layer>> = {
  "common.Bottleneck": bottleneck,
  "common.C3": crossStage,
  "common.Concat": concat,
  "common.Conv": convolutionBlock,
  "common.DWConv": convolutionBlock,
  "common.SPP": pyramidPool,
  "common.SPPF": fastPyramidPool,
  "yolo.Detect": anchorDetect,
};

const ultralytics: Readonly<Record<string, Layer>> = {
  "block.Attention": attention,
  "block.Bottleneck": bottleneck,
  "block.C2PSA": crossStageAttention,
  "block.C2f": crossStageSteps,
  "block.C3": crossStage,
  "block.C3k": crossStage,
  "block.C3k2": crossStageSteps,
  "block.PSABlock": attentionBlock,
  "block.SPP": pyramidPool,
  "block.SPPF": fastPyramidPool,
  "conv.Concat": concat,
  "conv.Conv": convolutionBlock,
  "conv.DWConv": convolutionBlock,
  "head.Classify": classify,
  "head.Detect": detect,
  "head.Pose": pose,
};

/** Every module that can be converted, by the full name of its class. */
export const layers: ReadonlyMap<string, Layer> = new Map([
  ...within("torch.nn.modules", torch),
  ...within("models", yolov5),
  ...within("ultralytics.nn.modules", ultralytics),
]);

function within(folder: string, table: Readonly<Record<string, Layer>>): [string, Layer][] {
  return Object.entries(table).map(([name, layer]) => [`${folder}.${name}`, layer]);
}
