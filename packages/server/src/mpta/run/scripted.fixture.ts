import type { Box } from "@sensorium/perception";
import { cameraId, micros, type Size, wallMs } from "@sensorium/protocol";
import { checkPipeline, type PipelineFile, type PipelineNode } from "@sensorium/protocol/mpta";
import { Frame } from "../../flow/frame.ts";
import type { Found, Look, NodeModel, View } from "./node-model.ts";
import type { LoadedNode } from "./run-pipeline.ts";

/** A detection in few words. */
export const found = (name: string, confidence: number, box: Box | null = boxOf(10, 20, 100, 80)): Found => ({
  class: name,
  confidence,
  box,
});

/** A classifier's answer in few words. */
export const taken = (name: string, confidence: number): Found => found(name, confidence, null);

export const boxOf = (x1: number, y1: number, x2: number, y2: number): Box => ({ x1, y1, x2, y2 });

/** A model that says what it is told, frame after frame, and remembers what it was shown. */
export class ScriptedModel implements NodeModel {
  readonly task: "detect" | "classify";
  readonly classes = ["car", "truck", "front"];
  readonly views: View[] = [];
  /** Called while it looks. */
  onLook: () => Promise<void> | void = () => undefined;
  answer: readonly Found[] | Error;

  constructor(answer: readonly Found[] | Error, task?: "detect" | "classify") {
    this.answer = answer;
    this.task = task ?? (Array.isArray(answer) && answer[0]?.box === null ? "classify" : "detect");
  }

  async look(_: Frame, view: View): Promise<Look> {
    this.views.push(view);
    await this.onLook();
    if (this.answer instanceof Error) throw this.answer;
    return { found: this.answer, inferenceMs: 1, decodeMs: 0 };
  }
}

/** A pipeline as its file says, with the defaults filled in. */
export function pipelineOf(pipeline: object, connections: object = {}): PipelineFile {
  const checked = checkPipeline({ ...connections, pipeline });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.file;
}

/** A pipeline with scripted models, by modelId. */
export function scripted(root: PipelineNode, models: Readonly<Record<string, NodeModel>>): LoadedNode {
  const model = models[root.modelId];
  if (!model) throw new Error(`no model is scripted for ${root.modelId}`);
  return { node: root, model, branches: root.branches.map((branch) => scripted(branch, models)) };
}

/** A frame without pixels. */
export function frameOf(size: Size = { width: 640, height: 480 }, region?: Box): Frame {
  return new Frame({
    camera: cameraId("door"),
    sequence: 1,
    at: micros(0),
    capturedMs: wallMs(0),
    decodedMs: wallMs(0),
    size,
    picture: null,
    region,
    release: () => undefined,
  });
}
