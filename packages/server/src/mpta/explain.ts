import type { PipelineFile, PipelineNode } from "@sensorium/protocol/mpta";
import { areParallel, awaitedBy, conditionOf, connectionsOf, describeAction, viewOf } from "./describe.ts";

/** A pipeline as a tree of text: what runs when, and what comes of it. Without passwords. */
export function explainAsText(file: PipelineFile): string {
  return [...connectionsOf(file), ...nodeLines(file.pipeline, { isRoot: true }), ""].join("\n");
}

/** One point of the tree: a line, and those that belong to it. */
type Item = readonly string[];

function nodeLines(node: PipelineNode, { isRoot }: { readonly isRoot: boolean }): Item {
  const when = `${isRoot ? "looks for" : "runs on"} ${conditionOf(node)}`;
  const items: Item[] = [
    [when],
    ...(isRoot ? [] : [[`sees ${viewOf(node)}`]]),
    ...expected(node),
    ...node.actions.map((action) => [`does ${describeAction(action)}`]),
    ...branches(node),
    ...node.parallelActions.map((action) => [`then does ${describeAction(action)}`, ...waiting(awaitedBy(action))]),
  ];
  return [`${node.modelId} (${node.modelFile})`, ...hung(items)];
}

function expected({ multiClass, expectedClasses }: PipelineNode): Item[] {
  if (!multiClass || expectedClasses.length === 0) return [];
  const names = expectedClasses.join(", ");
  return [[`needs one of ${names}; a record begins with all of them`]];
}

function branches(node: PipelineNode): Item[] {
  const items = node.branches.map((branch) => nodeLines(branch, { isRoot: false }));
  return areParallel(node) ? [["at the same time", ...hung(items)]] : items;
}

const waiting = (awaited: readonly string[]): Item =>
  awaited.length === 0 ? [] : [`   if there are ${awaited.join(", ")}`];

/** Items as the lower part of a tree. */
function hung(items: readonly Item[]): Item {
  return items.flatMap((lines, i) => {
    const [first, rest] = i === items.length - 1 ? ["└─ ", "   "] : ["├─ ", "│  "];
    return lines.map((line, row) => `${row === 0 ? first : rest}${line}`);
  });
}
