import type { TensorRef, TfGraph, TfNode } from "./topology.ts";
import { Attributes } from "./topology.ts";
import type { Constant } from "./value.ts";

/**
 * Recognises MobileNetV3's hard sigmoid c·relu6(x + 3) and hard swish (c·x)·relu6(x + 3), c being about 1/6
 * (https://arxiv.org/abs/1905.02244), and writes the gate as one node `_HardSigmoid`(x, c) and the swish as x times that
 * gate: a form the runtime fuses into the convolution that makes x. The nodes replaced stay for other consumers.
 */
export function recogniseHardSigmoids({ nodes, outputs }: TfGraph, weights: ReadonlyMap<string, Constant>): TfGraph {
  const scalar = (ref: TensorRef | undefined) => {
    const constant = weights.get(ref?.node ?? "");
    return constant?.dims.length === 0 ? constant.data[0] : undefined;
  };
  /** The operands of a node of that kind, in both orders. */
  const operands = (ref: TensorRef | undefined, op: string) => {
    const node = nodes.get(ref?.node ?? "");
    const [a, b] = node?.op === op ? node.inputs : [];
    return a === undefined || b === undefined
      ? []
      : ([
          [a, b],
          [b, a],
        ] as const);
  };
  const besideScalar = (ref: TensorRef | undefined, op: string) =>
    operands(ref, op).find(([, b]) => scalar(b) !== undefined);
  /** x of relu6(x + 3). */
  const clipped = (ref: TensorRef) => {
    const node = nodes.get(ref.node);
    const [x, offset] = besideScalar(node?.op === "Relu6" ? node.inputs[0] : undefined, "Add") ?? [];
    return scalar(offset) === 3 ? x : undefined;
  };
  const rewrite = (node: TfNode): TfNode[] => {
    for (const [factor, gate] of operands({ node: node.name, output: 0 }, "Mul")) {
      const x = clipped(gate);
      if (x === undefined) continue;
      if (scalar(factor) !== undefined) return [hardSigmoid(node.name, x, factor)];
      const [scaled, c] = besideScalar(factor, "Mul") ?? [];
      if (c === undefined || scaled?.node !== x.node || scaled.output !== x.output) continue;
      const name = `${node.name}/gate`;
      return [hardSigmoid(name, x, c), { ...node, inputs: [x, { node: name, output: 0 }] }];
    }
    return [node];
  };
  const rewritten = [...nodes.values()].flatMap(rewrite);
  return { nodes: new Map(rewritten.map((node) => [node.name, node])), outputs };
}

function hardSigmoid(name: string, x: TensorRef, c: TensorRef): TfNode {
  return { name, op: "_HardSigmoid", inputs: [x, c], attributes: new Attributes({}) };
}
