import type { ConfigPath } from "@sensorium/protocol/config";
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";

/** A place in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly col: number;
}

/** What keeps a text from being read, and where. */
export interface YamlProblem {
  readonly place: Place;
  readonly message: string;
}

/** A configuration's text as data that knows where it stands. */
export interface YamlFile {
  /** Plain data; undefined for an empty file. Nothing can be said about it where there are problems. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** The mapping at the root; undefined where there is none. */
  readonly root: YAMLMap | undefined;
  /** Where the value at `path` begins, or its name; the name of what is around it when it is not there. */
  placeOf(path: ConfigPath, part: "key" | "value"): Place;
}

/** Longer files are a mistake, and would hold up the process that reads them. */
const MOST_CHARACTERS = 1_000_000;

/** Reads YAML 1.2. Never throws. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text.length > MOST_CHARACTERS ? "" : text, {
    lineCounter: lines,
    prettyErrors: false,
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), col: Math.max(1, col) };
  };
  const problems = [
    ...[...document.errors, ...document.warnings].map((error) => ({
      offset: error.pos[0],
      message: sentenceOf(error),
    })),
    ...forbidden(document.contents),
    ...(text.length > MOST_CHARACTERS ? [{ offset: 0, message: "the file is longer than a megabyte" }] : []),
  ].map(({ offset, message }) => ({ place: placeAt(offset), message }));
  return {
    value: problems.length === 0 && document.contents ? document.toJS() : undefined,
    problems,
    root: isMap(document.contents) ? document.contents : undefined,
    placeOf: (path, part) => placeAt(offsetOf(document.contents, path, part)),
  };
}

/** The entry of a mapping; names that YAML reads as numbers are names all the same. */
export function pairOf(map: YAMLMap, key: string): Pair<Node, Node | null> | undefined {
  return (map.items as Pair<Node, Node | null>[]).find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

function offsetOf(root: Node | null, path: ConfigPath, part: "key" | "value"): number {
  let node = root;
  let name = root?.range?.[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    const pair = isMap(node) ? pairOf(node as YAMLMap, key) : undefined;
    const next = pair ? pair.value : isSeq(node) ? (node.items[Number(key)] as Node | undefined) : undefined;
    if (!pair && !next) return name;
    name = (pair?.key ?? next)?.range?.[0] ?? name;
    if (depth === path.length - 1 && part === "value" && !isEmpty(next)) return next?.range?.[0] ?? name;
    node = next ?? null;
  }
  return name;
}

const isEmpty = (node: Node | null | undefined): boolean =>
  node === null || node === undefined || (isScalar(node) && node.value === null);

/** What YAML allows and a configuration does without, because reading and writing it back stay simple that way. */
function forbidden(contents: Node | null): { readonly offset: number; readonly message: string }[] {
  const found: { offset: number; message: string }[] = [];
  visit(contents, {
    Alias: (_, node) => {
      const message = `*${node.source} repeats another part, which is not possible here: write it out, or use defaults`;
      found.push({ offset: node.range?.[0] ?? 0, message });
    },
    Pair: (_, pair) => {
      if (!isPair(pair) || (isScalar(pair.key) && pair.key.value !== "__proto__")) return;
      const message = "this cannot be the name of a setting";
      found.push({ offset: (pair.key as Node | null)?.range?.[0] ?? 0, message });
    },
  });
  return found;
}

const SENTENCES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this name is here a second time",
  MULTIPLE_DOCS: "a second document begins here; there can be only one",
  TAB_AS_INDENT: "a tab cannot indent a line; use spaces",
  BAD_INDENT: "this line is not indented like those it belongs to",
};

function sentenceOf({ code, message }: { readonly code: string; readonly message: string }): string {
  return SENTENCES[code] ?? `this cannot be read as YAML: ${message}`;
}
