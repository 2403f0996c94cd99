import { type Action, nodesOf, type PipelineFile, type PipelineNode } from "@sensorium/protocol/mpta";
import { awaitedBy, conditionOf, describeAction, viewOf } from "./describe.ts";

/** A pipeline as a Mermaid flowchart: models as boxes, actions as slanted ones. Without passwords. */
export function explainAsMermaid({ pipeline }: PipelineFile): string {
  const ids = new Map(nodesOf(pipeline).map(({ node }, i) => [node, `n${i}`]));
  const idOf = (node: PipelineNode): string => ids.get(node) ?? "";
  const lines = [...ids.keys()].flatMap((node) => [
    `${idOf(node)}["${text(node.modelId)}<br>${text(node.modelFile)}"]`,
    ...node.branches.map(
      (branch) => `${idOf(node)} -->|"${text(conditionOf(branch))}<br>${text(viewOf(branch))}"| ${idOf(branch)}`,
    ),
    ...node.actions.map((action, i) => `${idOf(node)} --> ${idOf(node)}a${i}${box(action)}`),
    ...node.parallelActions.flatMap((action, i) => afterBranches(action, { node, idOf, id: `${idOf(node)}p${i}` })),
  ]);
  const start = `picture(["picture"]) -->|"${text(conditionOf(pipeline))}"| ${idOf(pipeline)}`;
  return ["flowchart TD", ...[start, ...lines].map((line) => `  ${line}`), ""].join("\n");
}

interface Drawn {
  readonly node: PipelineNode;
  readonly idOf: (node: PipelineNode) => string;
  readonly id: string;
}

/** An action hangs on the branches it waits for, or on the node where it waits for none. */
function afterBranches(action: Action, { node, idOf, id }: Drawn): string[] {
  const awaited = awaitedBy(action);
  const branches = node.branches.filter(({ modelId }) => awaited.includes(modelId));
  const from = branches.length === 0 ? [node] : branches;
  return [`${id}${box(action)}`, ...from.map((each) => `${idOf(each)} -.-> ${id}`)];
}

const box = (action: Action): string => `[/"${text(describeAction(action))}"/]`;

/** Text that means nothing to Mermaid. */
const text = (plain: string): string =>
  plain.replaceAll(/[#"<>&`\\|[\]{}()]/g, (sign) => `#${sign.codePointAt(0)};`).replaceAll(/\s+/g, " ");
