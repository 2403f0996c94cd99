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

/** What of a bundle is loaded. */
export type BundleModels = Pick<Bundle, "digest" | "pipeline" | "models">;

/** A bundle with all its models loaded. Disposing gives them back to where they were loaded. */
export interface LoadedBundle extends AsyncDisposable {
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
 * Loads every model of a bundle; when one cannot be used, the others are given back.
 * @throws SensoriumError "bundle-invalid" when a model is no detector and no classifier, and what loading one throws.
 */
export async function loadBundle(bundle: BundleModels, loader: ModelLoader): Promise<LoadedBundle> {
  const { digest, pipeline } = bundle;
  await using held = new AsyncDisposableStack();
  const models = new Map<PipelineNode, OpenedModel>();
  for (const { node } of nodesOf(pipeline.pipeline)) {
    const model = await openModel(node, bundle, loader);
    models.set(node, model);
    held.use(model.loaded);
  }
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
  const all = held.move();
  return { digest, pipeline, root, format, lowScore, warnings, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

interface OpenedModel {
  readonly loaded: AsyncDisposable;
  readonly model: NodeModel;
  readonly format: PictureFormat | null;
  readonly lowScore: number;
}

async function openModel(node: PipelineNode, bundle: BundleModels, loader: ModelLoader): Promise<OpenedModel> {
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
      return { loaded: detector, model: new DetectingModel(detector), format: detector.format, lowScore };
    }
    case "classify": {
      const classifier = await loader.loadModel("classify", origin);
      return { loaded: classifier, model: new ClassifyingModel(classifier), format: null, lowScore: 0 };
    }
    default: {
      const why = `${node.modelFile} is for the task ${manifest.task}; a pipeline has detectors and classifiers`;
      throw new SensoriumError("bundle-invalid", `the model ${why}`);
    }
  }
}
