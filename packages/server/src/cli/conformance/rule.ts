import { isDeepStrictEqual } from "node:util";
import { reasonOf } from "@sensorium/protocol";
import type { Context } from "./context.ts";

/** A part of the protocol's description; `Extensions` are what this project adds to it. */
export type Section =
  | "Connection Setup"
  | "Authentication"
  | "Message Format"
  | "Event Types"
  | "Subscription Management"
  | "Real-time Pose Streaming"
  | "Analytics Streaming"
  | "Error Handling"
  | "Connection Management"
  | "Rate Limiting"
  | "Bad input"
  | "Extensions";

/** What came of a rule. */
export type Verdict =
  | { readonly kind: "passed"; readonly note?: string }
  | { readonly kind: "failed"; readonly expected: string; readonly received: string }
  /** What the rule is about did not come in the time. */
  | { readonly kind: "not-seen"; readonly why: string }
  /** The server does not have what the rule is about, and need not. */
  | { readonly kind: "not-applicable"; readonly why: string }
  /** It takes a minute or more, and the run is a quick one. */
  | { readonly kind: "left-out" };

/** One thing that a server does. */
export interface Rule {
  readonly name: string;
  readonly section: Section;
  /** Takes a minute or more of real time. */
  readonly slow?: boolean;
  run(context: Context): Verdict | Promise<Verdict>;
}

/** A rule and what came of it. */
export interface Judged {
  readonly name: string;
  readonly section: Section;
  readonly verdict: Verdict;
}

export const passed = (note?: string): Verdict => ({ kind: "passed", ...(note !== undefined && { note }) });
export const notSeen = (why: string): Verdict => ({ kind: "not-seen", why });
export const notApplicable = (why: string): Verdict => ({ kind: "not-applicable", why });

/** What was to be expected, and what came instead. */
export interface Difference {
  readonly expected: string;
  readonly received: string;
}

/** Ends a rule that a server does not keep. */
export class Broken extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super(`expected ${difference.expected}, received ${difference.received}`);
    this.difference = difference;
  }
}

/** @throws Broken with the difference unless `holds`. */
export function expectThat(holds: boolean, difference: Difference): asserts holds {
  if (!holds) throw new Broken(difference);
}

/** @throws Broken with both unless they are the same. */
export function expectSame(received: unknown, expected: unknown): void {
  expectThat(isDeepStrictEqual(received, expected), { expected: shortly(expected), received: shortly(received) });
}

/** Runs a rule; never rejects. */
export async function judge(rule: Rule, context: Context): Promise<Judged> {
  const { name, section } = rule;
  return { name, section, verdict: await verdictOf(rule, context) };
}

async function verdictOf(rule: Rule, context: Context): Promise<Verdict> {
  if (rule.slow && context.quick) return { kind: "left-out" };
  try {
    return await rule.run(context);
  } catch (thrown) {
    const difference =
      thrown instanceof Broken ? thrown.difference : { expected: "an answer", received: reasonOf(thrown) };
    return { kind: "failed", ...difference };
  }
}

/** A value as a table shows it. */
export function shortly(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
