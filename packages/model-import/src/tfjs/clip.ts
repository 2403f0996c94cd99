import { Attributes, type TensorRef, type TfGraph, type TfNode } from "./topology.ts";
import type { Constant } from "./value.ts";

/**
 * Recognises max(min(relu(x), 6), 0), as Keras exported MobileNet's activation, and writes it as Relu6: one operation
 * that the runtime fuses into the convolution before it. The nodes replaced stay for other consumers.
 */
export function recogniseClips({ nodes, outputs }: TfGraph, weights: ReadonlyMap<string, Constant>): TfGraph {
  const limit = (ref: TensorRef | undefined): number | undefined => {
    const constant = weights.get(ref?.node ?? "");
    return constant?.dims.length === 0 ? constant.data[0] : undefined;
  };
  /** What a node of that kind does to its other input, with a constant limit. */
  const limited = (node: TfNode | undefined, op: string, to: number): TfNode | undefined => {
    const [value, other] = node?.op === op ? node.inputs : [];
    return value && limit(other) === to ? nodes.get(value.node) : undefined;
  };
  const rewrite = (node: TfNode): TfNode => {
    const rectified = limited(limited(node, "Maximum", 0), "Minimum", 6);
    if (rectified?.op !== "Relu") return node;
    return { name: node.name, op: "Relu6", inputs: rectified.inputs, attributes: new Attributes({}) };
  };
  return { nodes: new Map([...nodes].map(([name, node]) => [name, rewrite(node)])), outputs };
}
