import type { ConfigPath, ConfigProblem } from "@sensorium/protocol/config";
import type { PipelineNode } from "@sensorium/protocol/mpta";
import type { LoadedNode } from "./run-pipeline.ts";

/**
 * Which of its classes a detector looks for: those of `triggerClasses` that it knows, or of `triggerClassIndices`;
 * everything when none of them is its own, as with a branch whose `triggerClasses` are those of the model above.
 */
export function classesWanted(
  { triggerClasses, triggerClassIndices }: PipelineNode,
  known: readonly string[],
): string[] {
  const named = known.filter((name) => triggerClasses.includes(name));
  const numbered = triggerClasses.length > 0 ? [] : known.filter((_, i) => triggerClassIndices?.includes(i));
  const wanted = named.length > 0 ? named : numbered;
  return wanted.length > 0 ? wanted : [...known];
}

/** The classes that a pipeline names and its models do not know. The bundle runs all the same, as far as it can. */
export function remarksOnClasses(root: LoadedNode): ConfigProblem[] {
  return [
    ...unknown(root.node.triggerClasses, { path: ["pipeline", "triggerClasses"], by: root }),
    ...unknownNumbers(root),
    ...remarksBelow(root, ["pipeline"]),
  ];
}

function remarksBelow(parent: LoadedNode, path: ConfigPath): ConfigProblem[] {
  const expected = unknown(parent.node.expectedClasses, { path: [...path, "expectedClasses"], by: parent });
  const below = parent.branches.flatMap((branch, i) => {
    const at = [...path, "branches", String(i)];
    const { triggerClasses, cropClass } = branch.node;
    return [
      ...unknown(triggerClasses, { path: [...at, "triggerClasses"], by: parent }),
      ...unknown(cropClass === undefined ? [] : [cropClass], { path: [...at, "cropClass"], by: parent }),
      ...remarksBelow(branch, at),
    ];
  });
  return [...expected, ...below];
}

function unknown(
  names: readonly string[],
  { path, by }: { readonly path: ConfigPath; readonly by: LoadedNode },
): ConfigProblem[] {
  const { classes } = by.model;
  const strange = names.filter((name) => !classes.includes(name));
  if (strange.length === 0) return [];
  const meant = strange.flatMap((name) => classes.find((each) => each.toLowerCase() === name.toLowerCase()) ?? []);
  const hint = meant.length > 0 ? `did you mean ${meant.join(", ")}?` : `it knows ${someOf(classes)}`;
  const message = `has ${strange.join(", ")}, which the model ${by.node.modelFile} does not know; ${hint}`;
  return [{ path, atKey: false, message }];
}

function unknownNumbers({ node, model }: LoadedNode): ConfigProblem[] {
  const strange = (node.triggerClassIndices ?? []).filter((index) => index >= model.classes.length);
  if (strange.length === 0) return [];
  const message = `has ${strange.join(", ")}, and the model ${node.modelFile} has ${model.classes.length} classes`;
  return [{ path: ["pipeline", "triggerClassIndices"], atKey: false, message }];
}

const someOf = (classes: readonly string[]): string =>
  `${classes.slice(0, 12).join(", ")}${classes.length > 12 ? ", …" : ""}`;
