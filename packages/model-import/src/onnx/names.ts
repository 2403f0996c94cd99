import type { GraphProto } from "./proto.ts";

/** Every name in a graph and in the graphs nested in it. */
export function namesIn(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  const add = (name: string | undefined) => name !== undefined && names.add(name);
  for (const { name } of [...graph.initializer, ...graph.input, ...graph.valueInfo]) add(name);
  for (const node of graph.node) {
    for (const name of [node.name, ...node.input, ...node.output]) add(name);
    const inner = node.attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs]));
    for (const nested of inner) for (const name of namesIn(nested)) add(name);
  }
  return names;
}
