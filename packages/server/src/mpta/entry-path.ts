/** A path inside a bundle, parts separated by slashes, or why it is none as the end of a sentence. */
export type EntryPath = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly problem: string };

const MOST_PARTS = 16;
const LONGEST_PART = 255;

/**
 * Reads a path as archives and `modelFile` give it: with slashes either way, and with `.` parts, which are left out.
 * What would lead out of the bundle's folder, or is no path on some system, is refused. Never throws.
 */
export function readEntryPath(name: string): EntryPath {
  const slashed = name.replaceAll("\\", "/");
  const parts = slashed.split("/").filter((part) => part !== "" && part !== ".");
  const problem = problemWith(slashed, parts);
  return problem === undefined ? { ok: true, path: parts.join("/") } : { ok: false, problem };
}

function problemWith(slashed: string, parts: readonly string[]): string | undefined {
  if (parts.length === 0) return "is no name of a file";
  if (slashed.startsWith("/") || /^[a-z]:/i.test(parts[0] ?? "")) return "is an absolute path";
  if (parts.includes("..")) return "leads out of the bundle";
  if (/\p{Cc}|\uFFFD/u.test(slashed)) return "has characters that no file name should have";
  if (parts.length > MOST_PARTS) return `is more than ${MOST_PARTS} folders deep`;
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_PART))
    return `has a part of more than ${LONGEST_PART} bytes`;
  return undefined;
}

/** A path or other text from a bundle as it can be shown in one line. */
export const shown = (name: string): string => {
  const visible = name.replaceAll(/\p{Cc}/gu, "\uFFFD");
  return visible.length > 200 ? `${visible.slice(0, 200)}…` : visible;
};

/** Paths that are the same file somewhere have the same key. */
export const keyOf = (path: string): string => path.normalize("NFC").toLowerCase();
