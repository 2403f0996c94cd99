import type { ConfigPath, ConfigProblem } from "@sensorium/protocol/config";

const PLACEHOLDER = /\$\{([^}]*)\}?/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ONLY_PLACEHOLDERS = /^(?:\$\{[A-Za-z_][A-Za-z0-9_]*\})+$/;

/** Data in which variables stand where their names stood, and the variables that there are not. */
export interface FilledIn {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** A text with the names of the variables again where their values are. */
  hide(text: string): string;
}

/** Shorter values are no secrets, and would be found in every other word. */
const SHORTEST_SECRET = 4;

/** Puts the environment's variables into texts that name them as `${NAME}`, so that passwords need not be in files. */
export function fillIn(value: unknown, environment: NodeJS.ProcessEnv): FilledIn {
  const problems: ConfigProblem[] = [];
  const used = new Map<string, string>();
  const fillText = (text: string, path: ConfigPath): string =>
    text.replace(PLACEHOLDER, (whole, name: string) => {
      const message = problemWith({ whole, name, value: environment[name] });
      if (message) problems.push({ path, atKey: false, message });
      const found = environment[name] ?? "";
      if (found.length >= SHORTEST_SECRET) used.set(found, whole);
      return found;
    });
  const fill = (part: unknown, path: ConfigPath): unknown => {
    if (typeof part === "string") return fillText(part, path);
    if (Array.isArray(part)) return part.map((item, i) => fill(item, [...path, String(i)]));
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, fill(inner, [...path, key])]));
  };
  const filled = fill(value, []);
  const hide = (text: string): string => [...used].reduce((now, [secret, name]) => now.replaceAll(secret, name), text);
  return { value: filled, problems, hide };
}

interface Placeholder {
  readonly whole: string;
  readonly name: string;
  readonly value: string | undefined;
}

function problemWith({ whole, name, value }: Placeholder): string | undefined {
  if (!whole.endsWith("}") || !VARIABLE.test(name)) {
    return "has a $" + "{ that is not followed by a variable's name and a }";
  }
  return value ? undefined : `the environment variable ${name} is not set`;
}

/** Whether a text names variables. */
export const hasPlaceholder = (text: string): boolean => text.search(PLACEHOLDER) !== -1;

/**
 * An address without what often carries secrets: user name and password, query, and parts of the path that set
 * something. Names of variables are no secrets and stay. Other texts are returned as they are.
 */
export function withoutSecrets(text: string): string {
  const [, scheme, authority = "", path = "", query] =
    /^([a-z][a-z0-9+.-]*:\/\/)([^/?]*)([^?]*)(\?.*)?$/is.exec(text) ?? [];
  if (scheme === undefined) return text;
  const at = authority.lastIndexOf("@");
  const [, password = ""] = /^[^:]*:(.*)$/s.exec(authority.slice(0, Math.max(0, at))) ?? [];
  const user = at === -1 || ONLY_PLACEHOLDERS.test(password) ? authority.slice(0, at + 1) : "…@";
  const parts = path.split("/").map((part) => (/=|%3d/i.test(part) && !ONLY_PLACEHOLDERS.test(part) ? "…" : part));
  return `${scheme}${user}${authority.slice(at + 1)}${parts.join("/")}${query === undefined ? "" : "?…"}`;
}
