import { type ConfigPath, type ConfigProblem, checkPart } from "../config/problems.ts";
import { meaningOf } from "./meaning.ts";
import { CONNECTIONS, MAX_BRANCH_DEPTH, PipelineFile } from "./pipeline.ts";

/** A pipeline that can run, or all that is wrong with it; warnings either way. */
export type CheckedPipeline =
  | { readonly ok: true; readonly file: PipelineFile; readonly warnings: readonly ConfigProblem[] }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      readonly warnings: readonly ConfigProblem[];
    };

/** The objects and lists around the deepest value: the file's, the nodes', an action's. */
const MAX_JSON_DEPTH = 2 + 2 * MAX_BRANCH_DEPTH + 3;

/**
 * Checks what `pipeline.json` says, as plain data. What the file has beyond the settings, and connections that cannot
 * be used, are warnings and left out; `null` means absent. Never throws.
 */
export function checkPipeline(value: unknown): CheckedPipeline {
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    const message = `is nested too deep: there may be ${MAX_BRANCH_DEPTH} levels of branches`;
    return { ok: false, problems: [{ path: ["pipeline"], atKey: false, message }], warnings: [] };
  }
  const plain = withoutNulls(value);
  const first = checkPart(PipelineFile, plain);
  if (first.ok) return withMeaning(first.file, []);
  const { warnings, problems } = split(first.problems);
  for (const { path } of warnings) remove(plain, path);
  const second = checkPart(PipelineFile, plain);
  if (second.ok && problems.length === 0)
    return withMeaning(
      second.file,
      warnings.map(({ warning }) => warning),
    );
  const left = second.ok ? problems : second.problems;
  return { ok: false, problems: left, warnings: warnings.map(({ warning }) => warning) };
}

function withMeaning(file: PipelineFile, before: readonly ConfigProblem[]): CheckedPipeline {
  const { problems, warnings } = meaningOf(file);
  const all = [...before, ...warnings];
  return problems.length === 0 ? { ok: true, file, warnings: all } : { ok: false, problems, warnings: all };
}

interface Split {
  readonly warnings: { readonly warning: ConfigProblem; readonly path: ConfigPath }[];
  readonly problems: ConfigProblem[];
}

function split(found: readonly ConfigProblem[]): Split {
  const result: Split = { warnings: [], problems: [] };
  for (const problem of found) {
    const [section = ""] = problem.path;
    if (problem.atKey) result.warnings.push({ warning: problem, path: problem.path });
    else if (CONNECTIONS.some((name) => name === section)) {
      const message = `${problem.message}; the bundle runs without this connection`;
      result.warnings.push({ warning: { ...problem, message }, path: [section] });
    } else result.problems.push(problem);
  }
  return result;
}

function isDeeperThan(value: unknown, most: number): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    const depth = next.depth + 1;
    if (depth > most) return true;
    for (const inner of Object.values(next.value)) open.push({ value: inner, depth });
  }
  return false;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

function remove(value: unknown, path: ConfigPath): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
  if (typeof parent === "object" && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? "");
}
