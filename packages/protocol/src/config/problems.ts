import type { z } from "zod";
import { nearestWord } from "./nearest.ts";
import { ConfigFile } from "./schema.ts";

/** The way from the file's root to a value. */
export type ConfigPath = readonly string[];

/** What is wrong with one value, as the end of a sentence that begins with its path. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** Whether the name itself is wrong rather than what stands behind it. */
  readonly atKey: boolean;
  readonly message: string;
}

export type CheckedFile<T = ConfigFile> =
  | { readonly ok: true; readonly file: T }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Checks what a file says, as plain data, and fills in its defaults; all problems at once. */
export const checkConfigFile = (value: unknown): CheckedFile => checkPart(ConfigFile, value);

/** The same for a part of the file; paths begin at the part. */
export const checkPart = <T>(schema: z.ZodType<T>, value: unknown): CheckedFile<T> => check(schema, value, IN_FILES);

/** The same for a message or body in JSON. */
export const checkJson = <T>(schema: z.ZodType<T>, value: unknown): CheckedFile<T> => check(schema, value, IN_JSON);

function check<T>(schema: z.ZodType<T>, value: unknown, types: Types): CheckedFile<T> {
  const result = schema.safeParse(value, { error: sentencesWith(types) });
  if (result.success) return { ok: true, file: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, [])) };
}

function problemsOf(issue: z.core.$ZodIssue, above: ConfigPath): ConfigProblem[] {
  const path = [...above, ...issue.path.map(String)];
  if (issue.code === "unrecognized_keys") {
    const sentences = issue.message.split("\n");
    return issue.keys.map((key, i) => ({ path: [...path, key], atKey: true, message: sentences[i] ?? "" }));
  }
  if (issue.code === "invalid_key") {
    return [{ path, atKey: true, message: issue.issues[0]?.message ?? issue.message }];
  }
  const meant = issue.code === "invalid_union" ? meantOption(issue.errors) : undefined;
  if (meant) return meant.flatMap((inner) => problemsOf(inner, path));
  return [{ path, atKey: false, message: issue.message }];
}

/** Of several forms a value can have, the one it seems to have been meant as: the one whose outermost type fits. */
function meantOption(options: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  return options.find((issues) => !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0));
}

/** What the types of values are called. */
type Types = Readonly<Record<string, string>>;

const IN_FILES: Types = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a section of settings",
  record: "a section of settings",
};

const IN_JSON: Types = { ...IN_FILES, object: "a JSON object", record: "a JSON object" };

/** Zod's complaints in our words; undefined leaves a complaint as it is. */
const sentencesWith =
  (types: Types): z.core.$ZodErrorMap =>
  (issue) => {
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => unknownName(key, namesIn(issue.inst))).join("\n");
      case "invalid_type":
        return issue.input === undefined ? "is missing" : `must be ${types[issue.expected] ?? issue.expected}`;
      case "invalid_value":
        return `must be ${alternatives(issue.values.map(String))}${suggestion(String(issue.input), issue.values.map(String))}`;
      case "too_small":
        return tooSmall(issue);
      case "too_big":
        return issue.origin === "string" || issue.origin === "array"
          ? `is longer than ${issue.maximum}`
          : `must be at most ${issue.maximum}`;
      case "invalid_union":
        return issue.discriminator === undefined ? unionSentence(issue, types) : discriminatorSentence(issue);
      case "invalid_format":
        return issue.format === "url" ? "must be an address such as https://example.org" : undefined;
      default:
        return undefined;
    }
  };

function tooSmall(issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  if (issue.origin === "string" || issue.origin === "array") {
    return Number(issue.minimum) === 1 ? "must not be empty" : `must have at least ${issue.minimum}`;
  }
  return `must be at least ${issue.minimum}`;
}

function unionSentence({ errors, input }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>, types: Types): string {
  if (input === undefined) return "is missing";
  const expected = errors.flatMap((issues) =>
    issues.flatMap((each) => (each.code === "invalid_type" ? [each.expected] : [])),
  );
  return `must be ${alternatives([...new Set(expected.map((type) => types[type] ?? type))])}`;
}

function discriminatorSentence(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const known = "options" in issue ? (issue.options as readonly string[]) : [];
  const given = (issue.input as Readonly<Record<string, unknown>> | undefined)?.[issue.discriminator ?? ""];
  if (given === undefined) return `is missing; it is ${alternatives(known)}`;
  return `must be ${alternatives(known)}, not ${JSON.stringify(given)}${suggestion(String(given), known)}`;
}

function namesIn(schema: z.core.$ZodRawIssue["inst"]): readonly string[] {
  const def = schema?._zod.def;
  return def && "shape" in def ? Object.keys(def.shape as object) : [];
}

const unknownName = (name: string, known: readonly string[]): string =>
  `is not a setting${suggestion(name, known) || `; there are ${known.join(", ")}`}`;

function suggestion(word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
