import type { GraphBuilder } from "../onnx/builder.ts";
import { writeModel } from "../onnx/codec.ts";
import { invalid } from "../onnx/wire.ts";
import { isKind, type PickleValue } from "../torch/value.ts";
import { networkOf } from "./checkpoint.ts";
import { layers } from "./layers/index.ts";
import { manifestOf, type UltralyticsManifest } from "./manifest.ts";
import { metadataOf } from "./metadata.ts";
import type { Module } from "./module.ts";
import { Network, type Value } from "./network.ts";

/** A converted checkpoint. */
export interface ImportedUltralytics {
  readonly onnx: Uint8Array;
  readonly manifest: UltralyticsManifest;
}

/** Version of the ONNX operator set that is written. */
const opset = 17;

/** Converts what a checkpoint holds; see `importUltralytics`. */
export function convertUltralytics(root: PickleValue): ImportedUltralytics {
  const trained = networkOf(root);
  const steps = trained.model.part("model").items();
  const head = steps.at(-1);
  if (head === undefined) throw trained.model.invalid("has no layers");

  const manifest = manifestOf(trained, head);
  const { width, height } = manifest.input;
  const network = new Network(layers);
  const { graph } = network;
  const images = { name: graph.input("images", "float32", ["batch", 3, height, width]), dims: [3, height, width] };
  const output = walk(network, steps, images);
  expectNamedClasses(head, { manifest, output });
  graph.nodeInto("Identity", [output.name], { outputs: ["output0"] });
  graph.output("output0", "float32", ["batch", ...output.dims]);
  return { onnx: write(graph, manifest), manifest };
}

/** Runs the layers in order, each over the outputs that its `f` names. */
function walk(network: Network, steps: readonly Module[], images: Value): Value {
  const outputs: Value[] = [];
  for (const step of steps) {
    const inputs = sourcesOf(step).map((source) => {
      const at = source < 0 ? outputs.length + source : source;
      const value = at === -1 ? images : outputs[at];
      if (value === undefined) throw step.invalid(`takes the output of the layer ${at}, which has none yet`);
      return value;
    });
    outputs.push(network.forward(step, ...inputs));
  }
  return outputs.at(-1) ?? images;
}

/** Indices of the layers that a layer takes its inputs from; −1 is the one before it. */
function sourcesOf(step: Module): readonly number[] {
  const from = step.setting("f");
  const sources = isKind(from, "list") ? from.items : [from];
  return sources.map((source) => {
    if (typeof source === "number" && Number.isInteger(source)) return source;
    throw step.invalid("does not tell what it follows");
  });
}

function expectNamedClasses(
  head: Module,
  { manifest: { task, classes }, output }: { readonly manifest: UltralyticsManifest; readonly output: Value },
): void {
  const count = task === "classify" ? output.dims[0] : head.integer("nc");
  if (count !== classes.length)
    throw invalid(`The checkpoint names ${classes.length} classes; its network has ${count}.`);
}

function write(graph: GraphBuilder, manifest: UltralyticsManifest): Uint8Array {
  return writeModel({
    irVersion: 8,
    producerName: "sensorium",
    graph: graph.build("ultralytics"),
    opsetImport: [{ version: opset }],
    metadataProps: Object.entries(metadataOf(manifest)).map(([key, value]) => ({ key, value })),
  });
}
