import type { TfGraph, TfNode } from "./topology.ts";
import type { Constant } from "./value.ts";

const convolutions: ReadonlySet<string> = new Set([
  "Conv2D",
  "_FusedConv2D",
  "DepthwiseConv2dNative",
  "FusedDepthwiseConv2dNative",
]);

/** Lets convolutions without padding do the work of a Pad of rows and columns before them. */
export function foldPads({ nodes, outputs }: TfGraph, weights: ReadonlyMap<string, Constant>): TfGraph {
  const fold = (node: TfNode): TfNode => {
    const [padded, ...others] = node.inputs;
    const pad = nodes.get(padded?.node ?? "");
    const [source, amounts] = pad?.op === "Pad" ? pad.inputs : [];
    const paddings = Array.from(weights.get(amounts?.node ?? "")?.data ?? []);
    const [top = 0, bottom = 0, left = 0, right = 0] = paddings.slice(2, 6);
    const overPixels = paddings.length === 8 && [0, 1, 6, 7].every((at) => paddings[at] === 0);
    if (!convolutions.has(node.op) || node.attributes.text("padding", "") !== "VALID" || !source || !overPixels)
      return node;
    const explicit = { list: { i: [0, 0, top, bottom, left, right, 0, 0] } };
    const attributes = node.attributes.with({ padding: { s: btoa("EXPLICIT") }, explicit_paddings: explicit });
    return { ...node, inputs: [source, ...others], attributes };
  };
  return { nodes: new Map([...nodes].map(([name, node]) => [name, fold(node)])), outputs };
}
