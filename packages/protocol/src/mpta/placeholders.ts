import { nearestWord } from "../config/nearest.ts";
import { placeholdersOf, type Template } from "./template.ts";

/** What is known at every action. */
export const CONTEXT_FIELDS = [
  "timestamp_ms",
  "timestamp",
  "uuid",
  "filename",
  "camera_id",
  "display_id",
  "session_id",
  "image_key",
] as const;

/** What is known of a detection; the last three only of a classifier whose modelId says so. */
export const DETECTION_FIELDS = ["class", "confidence", "id", "bbox", "brand", "body_type", "color"] as const;

/**
 * The field by which a classifier's class is known besides `class`, from its modelId: `car_brand_cls_v1` gives a
 * brand. Undefined for other models.
 */
export function fieldOfModel(modelId: string): "brand" | "body_type" | "color" | undefined {
  const id = modelId.toLowerCase();
  if (id.includes("brand")) return "brand";
  if (id.includes("body")) return "body_type";
  return id.includes("color") ? "color" : undefined;
}

/** A placeholder that means a branch's result: the branch, and the field. */
export interface BranchField {
  readonly branch: string;
  readonly field: string;
}

/** Which of `branches` a placeholder's name begins with, the longest first, as ids may hold points themselves. */
export function branchFieldOf(name: string, branches: readonly string[]): BranchField | undefined {
  const branch = branches
    .filter((id) => name.startsWith(`${id}.`) && name.length > id.length + 1)
    .sort((one, other) => other.length - one.length)[0];
  return branch === undefined ? undefined : { branch, field: name.slice(branch.length + 1) };
}

/** What is wrong with a template's names, as the ends of sentences. */
export interface NameProblems {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks a template's names. `branches` are those whose results are there; undefined where none are there yet. */
export function checkNames(template: Template, branches: readonly string[] | undefined): NameProblems {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const { name } of placeholdersOf(template)) {
    if (KNOWN.includes(name)) continue;
    const found = branchFieldOf(name, branches ?? []);
    if (!found) problems.push(unknownName(name, branches));
    else if (!isFieldOf(found)) {
      warnings.push(`has {${name}}, and ${found.branch} gives ${fieldsOf(found.branch).join(", ")}`);
    }
  }
  return { problems, warnings };
}

const KNOWN: readonly string[] = [...CONTEXT_FIELDS, ...DETECTION_FIELDS];

const isFieldOf = ({ branch, field }: BranchField): boolean => fieldsOf(branch).includes(field);

function fieldsOf(modelId: string): string[] {
  const own = fieldOfModel(modelId);
  return ["class", "confidence", "id", "bbox", ...(own === undefined ? [] : [own])];
}

function unknownName(name: string, branches: readonly string[] | undefined): string {
  const unknown = `has the unknown placeholder {${name}}`;
  if (name.includes(".")) {
    if (!branches) return `${unknown}; results of branches are only there in parallelActions`;
    return `${unknown}; ${branches.length === 0 ? "there are no branches" : `the branches are ${branches.join(", ")}`}`;
  }
  const nearest = nearestWord(name, KNOWN);
  return nearest === undefined ? `${unknown}; there are ${KNOWN.join(", ")}` : `${unknown}; did you mean {${nearest}}?`;
}
