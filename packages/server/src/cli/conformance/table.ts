import { isSeen, type TypeCount } from "./recording.ts";
import type { Judged, Verdict } from "./rule.ts";

const WORDS: Readonly<Record<Verdict["kind"], string>> = {
  passed: "pass",
  failed: "FAIL",
  "not-seen": "not seen",
  "not-applicable": "n/a",
  "left-out": "left out",
};

/** A rule as a line of the table. */
export function lineOf({ section, name, verdict }: Judged): string {
  const more = detailOf(verdict);
  return `${WORDS[verdict.kind].padEnd(8)}  ${section.padEnd(24)}  ${name}${more ? ` (${more})` : ""}`;
}

function detailOf(verdict: Verdict): string | undefined {
  switch (verdict.kind) {
    case "passed":
      return verdict.note;
    case "failed":
      return `expected ${verdict.expected}; received ${verdict.received}`;
    case "left-out":
      return "it takes a minute: run without --quick";
    default:
      return verdict.why;
  }
}

/** How many messages of each type there were. */
export function typesTable(types: readonly TypeCount[]): string {
  const rows = types.map((each) => {
    const { type, sent, received } = each;
    return `${type.padEnd(24)}${String(sent).padStart(6)}${String(received).padStart(10)}${isSeen(each) ? "" : "  not seen"}`;
  });
  return [`${"type".padEnd(24)}${"sent".padStart(6)}${"received".padStart(10)}`, ...rows].join("\n");
}

/** The last line. */
export function summaryOf(judged: readonly Judged[], types: readonly TypeCount[]): string {
  const count = (kind: Verdict["kind"]): number => judged.filter(({ verdict }) => verdict.kind === kind).length;
  const facts = [
    `${count("passed")} of ${judged.length} rules kept`,
    `${count("failed")} broken`,
    `${count("not-seen")} not seen`,
    `${count("not-applicable")} not applicable`,
    `${count("left-out")} left out`,
    `${types.filter(isSeen).length} of ${types.length} message types seen`,
  ];
  return `${facts.join(", ")}: the server ${count("failed") === 0 ? "conforms" : "does not conform"}`;
}
