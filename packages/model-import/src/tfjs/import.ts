import { GraphBuilder } from "../onnx/builder.ts";
import { writeModel } from "../onnx/codec.ts";
import { withoutUnused } from "../onnx/unused.ts";
import { invalid } from "../onnx/wire.ts";
import { recogniseClips } from "./clip.ts";
import { convert, refuseUnknown } from "./convert.ts";
import { Emitter } from "./emitter.ts";
import { recogniseHardSigmoids } from "./hard-sigmoid.ts";
import { foldPads } from "./pads.ts";
import { ancestors, readTopology, type TensorRef, type TfGraph } from "./topology.ts";
import { readWeights } from "./weights.ts";

/** A TFJS graph model, and what of it to convert. */
export interface TfjsModel {
  /** The parsed `model.json`. */
  readonly topology: unknown;
  /** The weight files in the order of `weightsManifest`, or all of them joined. */
  readonly weights: Uint8Array | readonly Uint8Array[];
  /** Names of the signature's outputs to convert; all when absent. What only other outputs need is left out. */
  readonly outputs?: readonly string[];
}

/** Version of the ONNX operator set that is written. */
const opset = 17;

/**
 * Converts a TFJS graph model to ONNX. Inputs and outputs keep their names. A 4-D input, [batch, height, width,
 * channels] in TensorFlow, becomes [batch, channels, height, width]; outputs keep TensorFlow's layout. An unknown batch
 * becomes 1.
 *
 * Throws `model-unsupported` naming every operation that cannot be converted, `model-invalid` when the files are no
 * TFJS graph model or do not belong together.
 */
export function importTfjs({ topology, weights, outputs }: TfjsModel): Uint8Array {
  const constants = readWeights(topology, weights);
  const rewrites = [recogniseHardSigmoids, recogniseClips, foldPads];
  const graph = rewrites.reduce((before, rewrite) => rewrite(before, constants), readTopology(topology));
  const selected = select(graph, outputs);
  const nodes = ancestors(
    graph,
    [...selected.values()].map(({ node }) => node),
  );
  refuseUnknown(nodes);

  const builder = new GraphBuilder(selected.keys());
  const emitter = new Emitter(builder);
  const lookUp = convert(nodes, emitter, constants);
  for (const [name, ref] of selected) {
    const value = lookUp(ref);
    builder.nodeInto("Identity", [emitter.name(value, "tf")], { outputs: [name] });
    builder.output(name, value.type, value.dims);
  }
  return writeModel({
    irVersion: 8,
    producerName: "sensorium",
    graph: withoutUnused(builder.build("tfjs")),
    opsetImport: [{ version: opset }],
    metadataProps: [],
  });
}

function select({ outputs }: TfGraph, names: readonly string[] | undefined): ReadonlyMap<string, TensorRef> {
  if (names === undefined) return outputs;
  const selected = names.map((name) => {
    const ref = outputs.get(name);
    if (ref === undefined)
      throw invalid(`The TFJS model has no output ${name}; it has ${[...outputs.keys()].join(", ")}.`);
    return [name, ref] as const;
  });
  return new Map(selected);
}
