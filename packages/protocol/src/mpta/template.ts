/** A text with places that are filled in for each detection: `inference:{display_id}:{filename}`. */
export interface Template {
  readonly source: string;
  /** `json`: an object, whose places are filled so that it stays one. */
  readonly form: "text" | "json";
  readonly parts: readonly (string | Placeholder)[];
}

/** One place of a template. */
export interface Placeholder {
  /** What stands between the braces: a field, or a branch and a field of its result, `brand_v1.brand`. */
  readonly name: string;
  /** Digits after the point, from `{confidence:.2f}`. */
  readonly decimals: number | undefined;
  /** Whether it stands inside a text of a JSON object, so that quotes in its value are escaped. */
  readonly quoted: boolean;
}

/** A template, or what is wrong with it as the end of a sentence. */
export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problem: string };

/** A filled template, or the names that have no value. */
export type FilledTemplate =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: readonly string[] };

const NAME = /^([\p{L}\p{N}_][\p{L}\p{N}_ .-]*)(?::\.(\d{1,2})f)?$/u;
const IN_TEXT = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
/** In an object braces have their own meaning, so only what looks like a name is a place. */
const IN_JSON = /\{([\p{L}\p{N}_][\p{L}\p{N}_ .-]*(?::\.\d{1,2}f)?)\}/gu;

/** Reads a text with `{name}` in it; `{{` and `}}` are the braces themselves. Never throws. */
export function parseTemplate(source: string): ParsedTemplate {
  const parts: (string | Placeholder)[] = [];
  let from = 0;
  for (const { 0: found, 1: content, index } of source.matchAll(IN_TEXT)) {
    parts.push(source.slice(from, index));
    from = index + found.length;
    if (found === "{{" || found === "}}") parts.push(found.slice(1));
    else {
      const placeholder = content === undefined ? undefined : placeholderOf(content, false);
      if (!placeholder) return { ok: false, problem: problemWith(found) };
      parts.push(placeholder);
    }
  }
  parts.push(source.slice(from));
  return { ok: true, template: { source, form: "text", parts: parts.filter((part) => part !== "") } };
}

/** The same for a message: a JSON object keeps its braces, everything else is a text. Never throws. */
export function parseMessageTemplate(source: string): ParsedTemplate {
  if (!isObject(source.replace(IN_JSON, "0"))) return parseTemplate(source);
  const parts: (string | Placeholder)[] = [];
  let from = 0;
  let quoted = false;
  for (const { 0: found, 1: content = "", index } of source.matchAll(IN_JSON)) {
    const before = source.slice(from, index);
    quoted = endsQuoted(before, quoted);
    from = index + found.length;
    parts.push(before, placeholderOf(content, quoted) ?? found);
  }
  parts.push(source.slice(from));
  return { ok: true, template: { source, form: "json", parts: parts.filter((part) => part !== "") } };
}

/**
 * Puts values into a template. `null` is a value: an empty text, and null in a JSON object; undefined is none, and
 * then nothing is filled in.
 */
export function fillTemplate(template: Template, lookUp: (name: string) => unknown): FilledTemplate {
  const missing: string[] = [];
  const texts = template.parts.map((part) => {
    if (typeof part === "string") return part;
    const value = lookUp(part.name);
    if (value === undefined) missing.push(part.name);
    return written(value, { ...part, form: template.form });
  });
  return missing.length > 0 ? { ok: false, missing } : { ok: true, text: texts.join("") };
}

/** The places of a template. */
export const placeholdersOf = ({ parts }: Template): Placeholder[] => parts.filter((part) => typeof part !== "string");

function placeholderOf(content: string, quoted: boolean): Placeholder | undefined {
  const [, name, decimals] = NAME.exec(content) ?? [];
  if (name === undefined) return undefined;
  return { name, decimals: decimals === undefined ? undefined : Number(decimals), quoted };
}

function problemWith(found: string): string {
  if (found.length > 1) return `has ${found.slice(0, 64)}, which is not the name of a value`;
  return `has a ${found} that belongs to no other; a brace itself is written ${found}${found}`;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether the end of `text` is inside quotes, given whether its beginning is. */
function endsQuoted(text: string, quoted: boolean): boolean {
  const quotes = text.replace(/\\./gs, "").split('"').length - 1;
  return quotes % 2 === 1 ? !quoted : quoted;
}

function written(value: unknown, { decimals, quoted, form }: Placeholder & Pick<Template, "form">): string {
  const text = typeof value === "number" && decimals !== undefined ? value.toFixed(decimals) : plain(value);
  if (form === "text") return text;
  if (quoted) return JSON.stringify(text).slice(1, -1);
  return typeof value === "number" && Number.isFinite(value) ? text : (JSON.stringify(value) ?? "null");
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
