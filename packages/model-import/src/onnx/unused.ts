import type { GraphProto } from "./proto.ts";

/** The graph without the nodes and constants that none of its outputs need. Its nodes hold no graphs of their own. */
export function withoutUnused(graph: GraphProto): GraphProto {
  const needed = new Set(graph.output.map(({ name = "" }) => name));
  const node = graph.node
    .toReversed()
    .filter(({ input, output }) => {
      if (!output.some((name) => needed.has(name))) return false;
      for (const name of input) needed.add(name);
      return true;
    })
    .toReversed();
  return { ...graph, node, initializer: graph.initializer.filter(({ name = "" }) => needed.has(name)) };
}
