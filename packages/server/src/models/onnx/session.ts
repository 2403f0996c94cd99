import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { faceAlignment, warp } from "../face-alignment.ts";
import type { OutputTensor } from "../families/family.ts";
import { decode, familyOf } from "../families/index.ts";
import type { ModelManifest } from "../manifest.ts";
import type { PreparedModel } from "../prepare.ts";
import type { RunAnswer, RunRequest } from "./messages.ts";
import { sessionOptions } from "./session-options.ts";

/** One model opened in this thread. `run` blocks the thread until the model has answered. */
export class ModelSession {
  readonly #session: InferenceSession;
  readonly #model: PreparedModel;
  /** The outputs that are read. */
  readonly #names: readonly string[];
  /** Where results are written: memory kept from run to run, or null where their size is not always the same. */
  readonly #results: Record<string, Tensor | null>;

  private constructor(session: InferenceSession, model: PreparedModel) {
    this.#session = session;
    this.#model = model;
    const { manifest } = model;
    this.#names = manifest.outputs ?? familyOf(manifest.family).outputs ?? session.outputNames;
    this.#results = Object.fromEntries(this.#names.map((name) => [name, keptTensor(session, name)]));
  }

  /** Opens the graph and runs it once on a grey picture, so that a model that cannot run is refused here. */
  static async open(model: PreparedModel, executionProviders?: readonly string[]): Promise<ModelSession> {
    const { name, input } = model.manifest;
    try {
      await using held = new AsyncDisposableStack();
      const session = await InferenceSession.create(model.path, sessionOptions(executionProviders));
      held.defer(() => session.release());
      const opened = new ModelSession(session, model);
      await opened.#infer(new Uint8Array(3 * input.width * input.height).fill(114), [1, 3, input.height, input.width]);
      held.move();
      return opened;
    } catch (thrown) {
      if (thrown instanceof SensoriumError) throw thrown;
      throw new SensoriumError("model-invalid", `the model ${name} does not run: ${reasonOf(thrown)}`, {
        cause: thrown,
      });
    }
  }

  async run(request: RunRequest): Promise<RunAnswer> {
    const { region, minScore, classes, picture } = request;
    const started = performance.now();
    const outputs = await this.#infer(...pixelsFor(this.#model.manifest, request));
    const inferenceMs = performance.now() - started;
    const { manifest } = this.#model;
    const context = { input: manifest.input, picture, region, minScore, classes: new Set(classes) };
    const result = decode(manifest, outputs, context);
    return { ...result, inferenceMs, decodeMs: performance.now() - started - inferenceMs };
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  async #infer(pixels: Uint8Array, dims: readonly number[]): Promise<Map<string, OutputTensor>> {
    const [input] = this.#session.inputNames;
    if (input === undefined) throw new SensoriumError("model-invalid", "the model takes no input");
    const results = await this.#session.run({ [input]: new Tensor("uint8", pixels, dims) }, this.#results);
    return outputsOf(results, this.#names);
  }
}

/** The bytes a model is fed for a request, with their shape: the picture, or the face in it, aligned. */
function pixelsFor(
  manifest: ModelManifest,
  { picture, region, landmarks }: RunRequest,
): [pixels: Uint8Array, dims: readonly number[]] {
  const { buffer, offset, width, height } = picture;
  const data = new Uint8Array(buffer, offset, 3 * width * height);
  if (!("alignment" in manifest) || manifest.alignment === "none") return [data, [1, 3, height, width]];
  const side = manifest.input.width;
  const inPicture = landmarks?.map((value, i) =>
    i % 2 === 0
      ? ((value - region.x1) * width) / (region.x2 - region.x1)
      : ((value - region.y1) * height) / (region.y2 - region.y1),
  );
  const alignment = faceAlignment(inPicture ?? [], side);
  if (!alignment) {
    const why = `the model ${manifest.name} needs a face's landmarks; the face detector gives none, or fewer than two`;
    throw new SensoriumError("config-invalid", why);
  }
  return [warp({ data, width, height }, alignment, side), [1, 3, side, side]];
}

/**
 * What a run has given, in the order of `names`: an object has members that are numbers, as PyTorch names outputs, before
 * all others.
 */
export function outputsOf(results: InferenceSession.ReturnType, names: readonly string[]): Map<string, OutputTensor> {
  const outputs = new Map<string, OutputTensor>();
  for (const name of names) {
    const tensor = results[name];
    if (tensor) outputs.set(name, { shape: tensor.dims, data: floatsOf(tensor, name) });
  }
  return outputs;
}

/** The values of an output. Half-precision ones are widened: decoders read one kind of array. */
function floatsOf({ data, type }: Tensor, name: string): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float16Array) return new Float32Array(data);
  throw new SensoriumError("model-unsupported", `the model's output ${name} is ${type}; float32 or float16 is needed`);
}

/** Memory for an output of fixed size. A megabyte of new memory for each picture would keep the collector busy. */
function keptTensor({ outputMetadata }: InferenceSession, name: string): Tensor | null {
  const found = outputMetadata.find((output) => output.name === name);
  if (!found?.isTensor || found.type !== "float32") return null;
  const dims = found.shape.filter((size) => typeof size === "number" && size > 0);
  if (dims.length < found.shape.length) return null;
  const count = dims.reduce((product: number, size) => product * Number(size), 1);
  return new Tensor("float32", new Float32Array(count), dims.map(Number));
}
