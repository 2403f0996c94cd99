/** One way in which a server lets a client prove who it is: one challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case: "basic", "digest", … */
  readonly scheme: string;
  /** Names in lower case, values without their quotes. */
  readonly params: ReadonlyMap<string, string>;
}

const PARAM = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const SCHEME = /[\w!#$%&'*+.^`|~-]+/y;
const SEPARATOR = /[\s,]*/y;
/** What nothing else matches: skipped up to the next comma. */
const ODD = /[^,]*/y;

/** Every challenge of every such header, in the server's order (RFC 9110, 11.6.1). Never throws: what is odd is skipped. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const challenges: { readonly scheme: string; readonly params: Map<string, string> }[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (match(SEPARATOR) && at < header.length) {
    // One comma separates both challenges and their parameters: only the "=" tells which of them follows.
    const param = match(PARAM);
    if (param) {
      const [, name = "", quoted, bare = ""] = param;
      challenges.at(-1)?.params.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? bare);
      continue;
    }
    const scheme = match(SCHEME);
    if (scheme) challenges.push({ scheme: scheme[0].toLowerCase(), params: new Map() });
    else match(ODD);
  }
  return challenges;
}
