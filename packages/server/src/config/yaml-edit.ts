/**
 * Changes single values in the text of a YAML file. Everything else stays as it was typed, to the byte: comments,
 * order, empty lines, quotes. A serialiser keeps comments too, but moves them, and reformats lines nobody changed.
 */
import { isDeepStrictEqual } from "node:util";
import { SensoriumError } from "@sensorium/protocol";
import type { ConfigPath } from "@sensorium/protocol/config";
import { isCollection, isMap, isPair, isScalar, Lexer, type Node, type Pair, type YAMLMap } from "yaml";
import { pairOf, readYaml } from "./yaml-file.ts";
import { beside, blockOf, entryWithin, type Plain, within } from "./yaml-write.ts";

type Section = { readonly [key: string]: Plain };
type Entry = Pair<Node, Node | null>;

/** Text to put in place of what stands from `start` to `end`. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * `text` with `value` at `path`, or without anything there when it is undefined. Of a section, only what differs is
 * touched. Comments go only with what is removed: those inside of it and behind it on its lines.
 * @throws SensoriumError "config-invalid" when the text is written in a way that this cannot change.
 */
export function editYaml(text: string, path: ConfigPath, value: Plain | undefined): string {
  const wanted = withValue(readYaml(text).value, path, value);
  let edited = text;
  for (;;) {
    const change = nextChange(edited, path, value);
    if (!change) break;
    const next = edited.slice(0, change.start) + change.text + edited.slice(change.end);
    if (next === edited) break;
    edited = next;
  }
  const after = readYaml(edited);
  if (after.problems.length === 0 && isDeepStrictEqual(after.value ?? {}, wanted)) return edited;
  throw new SensoriumError("config-invalid", `${path.join(".")} is written in a way that has to be changed by hand`);
}

/** The comments of a text, in order, each from its # to the end of its line. */
export function commentsOf(text: string): readonly string[] {
  const comments: string[] = [];
  let before = "";
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith("#") && before !== SCALAR_FOLLOWS) comments.push(token.trimEnd());
    before = token;
  }
  return comments;
}

/** How the lexer announces a text, which may begin with a #. */
const SCALAR_FOLLOWS = "\u001f";

function withValue(root: unknown, path: ConfigPath, value: Plain | undefined): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const section = isSection(root) ? root : {};
  const { [key]: now, ...others } = section;
  if (value === undefined && (now === undefined || rest.length === 0 || !isSection(now))) {
    return rest.length === 0 ? others : section;
  }
  return { ...section, [key]: withValue(now, rest, value) };
}

const isSection = (value: unknown): value is Section =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The first difference between the text and what is wanted. */
function nextChange(text: string, path: ConfigPath, value: Plain | undefined): Change | undefined {
  const { root, value: whole, problems } = readYaml(text);
  if (problems.length > 0) return undefined;
  if (!root) return value === undefined ? undefined : appended(text, nested(path, value));
  let map = root;
  let plain = whole;
  for (const [depth, key] of path.entries()) {
    const pair = pairOf(map, key);
    const rest = path.slice(depth + 1);
    if (!pair) return value === undefined ? undefined : inserted({ text, map, key, value: nested(rest, value) });
    plain = (plain as Section)[key];
    const last = rest.length === 0;
    if (last && value === undefined) return removed(text, map, pair);
    if (last || !isMap(pair.value) || pair.value.items.length === 0) {
      if (value === undefined) return undefined;
      return changed({ text, map, pair, plain, value: nested(rest, value) });
    }
    map = pair.value as YAMLMap;
  }
  return undefined;
}

const nested = (path: ConfigPath, value: Plain): Plain =>
  path.reduceRight<Plain>((inner, key) => ({ [key]: inner }), value);

interface Difference {
  readonly text: string;
  readonly map: YAMLMap;
  readonly pair: Entry;
  /** What stands there now. */
  readonly plain: unknown;
  readonly value: Plain;
}

function changed({ text, map, pair, plain, value }: Difference): Change | undefined {
  if (isDeepStrictEqual(plain, value)) return undefined;
  const inner = pair.value;
  if (!isMap(inner) || !isSection(value) || inner.items.length === 0 || Object.keys(value).length === 0) {
    return replaced({ text, map, pair, value });
  }
  const section = inner as YAMLMap;
  const now = plain as Section;
  const added = Object.keys(value).find((key) => !Object.hasOwn(now, key));
  if (added !== undefined) return inserted({ text, map: section, key: added, value: value[added] ?? null });
  for (const entry of section.items as Entry[]) {
    const key = String((entry.key as Node & { value?: unknown }).value);
    const next = value[key];
    if (next === undefined) return removed(text, section, entry);
    const change = changed({ text, map: section, pair: entry, plain: now[key], value: next });
    if (change) return change;
  }
  return undefined;
}

/** Puts a value in place of another; the comments that stood inside the old one follow the new one. */
function replaced(difference: Omit<Difference, "plain">): Change {
  const { text, map, pair, value } = difference;
  if (map.flow || !isSection(value) || Object.keys(value).length === 0) return replacedBeside(difference);
  const [start, end] = spanOf(text, pair);
  const lineEnd = endOfLine(text, end);
  const before = text.slice(0, start).trimEnd().length;
  // Behind a value on the line of its name, a comment stays there.
  const stays = !text.slice(endOfName(text, pair), start).includes("\n");
  const kept = commentsOf(text.slice(start, stays ? end : lineEnd));
  const block = indented([...kept, blockOf(value)].join("\n"), columnOf(text, pair) + 2, text);
  return { start: before, end: lineEnd, text: `${stays ? tailOf(text.slice(end, lineEnd)) : ""}${block}` };
}

/** The new value stands beside its name. */
function replacedBeside({ text, map, pair, value }: Omit<Difference, "plain">): Change {
  const [start, end] = spanOf(text, pair);
  const name = endOfName(text, pair);
  const from = text.slice(name, start).includes("\n") || start === name ? name : start;
  const short = `${from === name ? " " : ""}${map.flow ? within(value) : beside(value)}`;
  const kept = commentsOf(text.slice(from, end));
  if (kept.length === 0) return { start: from, end, text: short };
  // What follows on the line must not become part of a comment.
  const lineEnd = map.flow ? end : endOfLine(text, end);
  const below = indented([...kept, ...(map.flow ? [""] : [])].join("\n"), columnOf(text, pair) + 2, text);
  return { start: from, end: lineEnd, text: `${short}${tailOf(text.slice(end, lineEnd))}${below}` };
}

/** A comment at the end of a line whose value moves below it. */
const tailOf = (tail: string): string => (tail.trim() === "" ? "" : ` ${tail.trim()}`);

/** Behind the colon. */
function endOfName(text: string, pair: Entry): number {
  const end = pair.key.range?.[1] ?? 0;
  return text.indexOf(":", end) + 1;
}

interface Insertion {
  readonly text: string;
  readonly map: YAMLMap;
  readonly key: string;
  readonly value: Plain;
}

/** Adds an entry behind the last one of a section that is not empty. */
function inserted({ text, map, key, value }: Insertion): Change {
  const last = (map.items as Entry[]).at(-1);
  if (!last) {
    const [start = 0, end = 0] = map.range ?? [];
    return map.flow ? { start, end, text: `{${entryWithin(key, value)}}` } : appended(text, { [key]: value });
  }
  const [, end] = spanOf(text, last);
  if (map.flow) return { start: end, end, text: `, ${entryWithin(key, value)}` };
  const at = endOfLine(text, end);
  return { start: at, end: at, text: indented(blockOf({ [key]: value }), columnOf(text, last), text) };
}

/** Takes an entry out with its lines. A section that loses its last one stays, empty. */
function removed(text: string, map: YAMLMap, pair: Entry): Change {
  const start = pair.key.range?.[0] ?? 0;
  const [, end] = spanOf(text, pair);
  if (map.flow) {
    const [, comma = ""] = /^(\s*,\s*)/.exec(text.slice(end)) ?? [];
    return { start, end: end + comma.length, text: "" };
  }
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  if (map.items.length === 1) return { start, end: endOfLine(text, end), text: "{}" };
  if (text.slice(lineStart, start).trim() !== "") throw unchangeable(pair);
  const lineEnd = endOfLine(text, end);
  return { start: lineStart, end: Math.min(text.length, lineEnd + lineBreakAt(text, lineEnd)), text: "" };
}

function unchangeable(pair: Entry): SensoriumError {
  const name = isScalar(pair.key) ? String(pair.key.value) : "a setting";
  return new SensoriumError("config-invalid", `${name} shares its line with another setting: change it by hand`);
}

function appended(text: string, section: Plain): Change {
  const gap = text === "" || text.endsWith("\n") ? "" : eolOf(text);
  const block = withEol(blockOf(section), text);
  return { start: text.length, end: text.length, text: `${gap}${block}${eolOf(text)}` };
}

/** Where the value of an entry begins and ends, without comments and line breaks behind it. */
function spanOf(text: string, { key, value }: Entry): readonly [number, number] {
  const [start, end] = value?.range ?? key.range ?? [0, 0];
  return [start, value ? Math.max(start, endOf(text, value)) : end];
}

function endOf(text: string, node: Node): number {
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  const inner = isPair(last) ? ((last.value ?? last.key) as Node) : (last as Node | undefined);
  if (inner) return endOf(text, inner);
  const [start, end] = node.range ?? [0, 0];
  return start + text.slice(start, end).trimEnd().length;
}

function endOfLine(text: string, from: number): number {
  if (from > 0 && text[from - 1] === "\n") return text[from - 2] === "\r" ? from - 2 : from - 1;
  const next = text.indexOf("\n", from);
  if (next === -1) return text.length;
  return text[next - 1] === "\r" ? next - 1 : next;
}

const lineBreakAt = (text: string, at: number): number => (text[at] === "\r" ? 2 : 1);

function columnOf(text: string, pair: Entry): number {
  const start = pair.key.range?.[0] ?? 0;
  return start - (text.lastIndexOf("\n", start - 1) + 1);
}

/** Lines below the current one. */
function indented(block: string, column: number, text: string): string {
  const margin = " ".repeat(column);
  return withEol(`\n${block}`.replaceAll("\n", `\n${margin}`), text);
}

const eolOf = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");
const withEol = (block: string, text: string): string => block.replaceAll("\n", eolOf(text));
