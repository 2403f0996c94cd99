import { SensoriumError } from "@sensorium/protocol";
import { COCO_CLASSES } from "./families/coco-classes.ts";

/** One item of a Python dict or list of strings: its key where it has one, its quoted text, and what follows. */
const ITEM = /\s*(?:(\d{1,9})\s*:\s*)?(?:'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)")\s*(,\s*|$)/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(0010[0-9a-fA-F]{4}|000[0-9a-fA-F]{5})|([\s\S]))/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/**
 * Class names as Ultralytics writes them into a model's metadata: a Python literal, `{0: 'person', 1: "cat's"}` or
 * `['person', 'cat']`. The text is read by its grammar and never run; the keys are 0 to n − 1 in any order.
 * @throws SensoriumError "model-invalid" when it is something else.
 */
export function parseClassNames(literal: string): string[] {
  const [, dict, list] = /^\s*(?:\{([\s\S]*)\}|\[([\s\S]*)\])\s*$/.exec(literal) ?? [];
  const body = dict ?? list;
  if (body === undefined) throw unreadable(literal);
  const names = new Map<number, string>();
  ITEM.lastIndex = 0;
  while (ITEM.lastIndex < body.length) {
    const [, key, single, double] = ITEM.exec(body) ?? [];
    const text = single ?? double;
    if (text === undefined || (key === undefined) !== (dict === undefined)) throw unreadable(literal);
    names.set(key === undefined ? names.size : Number(key), unescaped(text, literal));
  }
  const ordered = Array.from({ length: names.size }, (_, i) => names.get(i));
  if (names.size === 0 || !ordered.every((name) => name !== undefined)) throw unreadable(literal);
  return ordered;
}

function unescaped(text: string, literal: string): string {
  return text.replace(ESCAPE, (_, byte?: string, short?: string, long?: string, simple?: string) => {
    const code = byte ?? short ?? long;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    const character = SIMPLE_ESCAPES[simple ?? ""];
    if (character === undefined) throw unreadable(literal);
    return character;
  });
}

function unreadable(literal: string): SensoriumError {
  const start = literal.length > 40 ? `${literal.slice(0, 40)}…` : literal;
  return new SensoriumError("model-invalid", `its class names cannot be read: ${start}`);
}

/**
 * The names of a model's `count` classes: those of its metadata; else those of COCO when there are 80 of them; else
 * numbers.
 * @throws SensoriumError "model-invalid" when the metadata names another number of classes.
 */
export function classNames(count: number, metadata: Readonly<Record<string, string>>): string[] {
  if (metadata.names !== undefined) {
    const names = parseClassNames(metadata.names);
    if (names.length === count) return names;
    const tells = `its metadata names ${names.length} ${names.length === 1 ? "class" : "classes"}`;
    throw new SensoriumError("model-invalid", `${tells} and its output has room for ${count}`);
  }
  if (count === COCO_CLASSES.length) return [...COCO_CLASSES];
  return Array.from({ length: count }, (_, i) => `class ${i}`);
}
