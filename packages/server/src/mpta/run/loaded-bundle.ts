import { SensoriumError } from "@sensorium/protocol";
import { nodesOf, type PipelineFile, type PipelineNode } from "@sensorium/protocol/mpta";
import type { PictureFormat } from "../../flow/frame.ts";
import { fileOrigin, type ModelOrigin } from "../../models/catalogue.ts";
import type { CropModel } from "../../models/crop-model.ts";
import type { Detector } from "../../models/detector.ts";
import type { CropTask, ModelManifest } from "../../models/manifest.ts";
import type { Wanted } from "../../models/onnx/detector.ts";
import type { Bundle } from "../bundle.ts";
import { PIPELINE_NAME } from "../extract.ts";
import { type Remark, remarkOn } from "../remark.ts";
import { classesWanted, remarksOnClasses } from "./classes.ts";
import { ClassifyingModel, DetectingModel } from "./models.ts";
import type { NodeModel } from "./node-model.ts";
import type { LoadedNode } from "./run-pipeline.ts";

/** Where models are loaded: each file once, however many bundles and cameras want it. `InferencePool` is one. */
export interface ModelLoader {
  manifestOf(origin: ModelOrigin): Promise<ModelManifest>;
  load(origin: ModelOrigin, wanted: Wanted): Promise<Detector>;
  loadModel<T extends CropTask>(task: T, origin: ModelOrigin): Promise<CropModel<T>>;
}

/** A bundle with all its models loaded. */
export interface LoadedBundle {
  /** SHA-256 of the archive. */
  readonly digest: string;
  readonly pipeline: PipelineFile;
  readonly root: LoadedNode;
  /** What the first model needs of a frame; null when it cuts out for itself what it needs. */
  readonly format: PictureFormat | null;
  /** From here on the first model's detections continue a track. */
  readonly lowScore: number;
  /** What the models make of the pipeline: classes that they do not know. */
  readonly warnings: readonly Remark[];
}

/**
 * Loads every model of a bundle.
 * @throws SensoriumError "bundle-invalid" when a model is no detector and no classifier, and what loading one throws.
 */
export async function loadBundle(bundle: Bundle, loader: ModelLoader): Promise<LoadedBundle> {
  const { digest, pipeline } = bundle;
  const models = new Map<PipelineNode, OpenedModel>();
  for (const { node } of nodesOf(pipeline.pipeline)) models.set(node, await openModel(node, bundle, loader));
  const opened = (node: PipelineNode): OpenedModel => {
    const found = models.get(node);
    if (!found) throw new SensoriumError("internal", "a node of a pipeline has no model");
    return found;
  };
  const loaded = (node: PipelineNode): LoadedNode => ({
    node,
    model: opened(node).model,
    branches: node.branches.map(loaded),
  });
  const root = loaded(pipeline.pipeline);
  const { format, lowScore } = opened(pipeline.pipeline);
  const warnings = remarksOnClasses(root).map((problem) => remarkOn(PIPELINE_NAME, problem));
  return { digest, pipeline, root, format, lowScore, warnings };
}

interface OpenedModel {
  readonly model: NodeModel;
  readonly format: PictureFormat | null;
  readonly lowScore: number;
}

async function openModel(node: PipelineNode, bundle: Bundle, loader: ModelLoader): Promise<OpenedModel> {
  const path = bundle.models.get(node.modelFile);
  if (path === undefined) throw new SensoriumError("internal", `the model ${node.modelFile} is not in the bundle`);
  const origin = fileOrigin(path);
  const manifest = await loader.manifestOf(origin);
  switch (manifest.task) {
    case "detect": {
      const { low } = manifest.thresholds;
      // Scores below minConfidence continue a track, but noise does not.
      const lowScore = node.minConfidence > 0 ? Math.min(low, node.minConfidence) : low;
      const detector = await loader.load(origin, {
        classes: classesWanted(node, manifest.classes),
        minScore: lowScore,
      });
      return { model: new DetectingModel(detector), format: detector.format, lowScore };
    }
    case "classify": {
      const classifier = await loader.loadModel("classify", origin);
      return { model: new ClassifyingModel(classifier), format: null, lowScore: 0 };
    }
    default: {
      const why = `${node.modelFile} is for the task ${manifest.task}; a pipeline has detectors and classifiers`;
      throw new SensoriumError("bundle-invalid", `the model ${why}`);
    }
  }
}
