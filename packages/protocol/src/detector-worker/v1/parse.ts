import { z } from "zod";
import { checkJson } from "../../config/problems.ts";

/** What is wrong with a message or a part of it, and whom it concerns. */
export interface RefusedMessage {
  readonly subscriptionIdentifier?: string;
  readonly error: string;
}

type Parsed<T> =
  | { readonly ok: true; readonly message: T; readonly refused: readonly RefusedMessage[] }
  | { readonly ok: false; readonly error: RefusedMessage };

interface Schemas<T> {
  readonly message: z.ZodType<T>;
  /** What the items of `subscriptions` are checked with, one by one. */
  readonly listed: z.ZodType<unknown>;
}

const JsonObject = z.looseObject({});
const Typed = z.looseObject({ type: z.string() });
const Listing = z.looseObject({ subscriptions: z.array(z.unknown()) });
const Identified = z.looseObject({ subscriptionIdentifier: z.string() });
const Payload = z.looseObject({ payload: Identified });

/** Reads a message; items of a list that cannot be used are taken out of it and told apart. */
export function parseMessage<T>(text: string, schemas: Schemas<T>): Parsed<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, error: { error: "The message is not JSON" } };
  }
  if (!JsonObject.safeParse(value).success) return { ok: false, error: { error: "The message is not a JSON object" } };
  const { kept, refused } = withoutUnusable(value, schemas.listed);
  const checked = checkJson(schemas.message, kept);
  if (checked.ok) return { ok: true, message: checked.file, refused };
  const { type } = Typed.safeParse(value).data ?? {};
  const what = type === undefined ? "The message" : `The message ${type.slice(0, 64)}`;
  const payload = Payload.safeParse(value).data?.payload;
  return {
    ok: false,
    error: { ...identifierOf(payload), error: `${what} cannot be used: ${sentence(checked.problems)}` },
  };
}

function withoutUnusable(value: unknown, schema: z.ZodType<unknown>): { kept: unknown; refused: RefusedMessage[] } {
  const listing = Listing.safeParse(value);
  if (!listing.success) return { kept: value, refused: [] };
  const refused: RefusedMessage[] = [];
  const seen = new Set<string>();
  const subscriptions = listing.data.subscriptions.filter((item, i) => {
    const checked = checkJson(schema, item);
    const { subscriptionIdentifier: name } = identifierOf(item);
    const problem = checked.ok ? repeated(name, seen) : sentence(checked.problems);
    if (problem === undefined) return true;
    const what = name === undefined ? `Number ${i + 1} of the subscriptions` : "The subscription";
    refused.push({ ...identifierOf(item), error: `${what} cannot be used: ${problem}` });
    return false;
  });
  return { kept: { ...listing.data, subscriptions }, refused };
}

function repeated(name: string | undefined, seen: Set<string>): string | undefined {
  if (name === undefined || !seen.has(name)) {
    if (name !== undefined) seen.add(name);
    return undefined;
  }
  return "another one of the same subscriptionIdentifier stands before it in the list";
}

function identifierOf(value: unknown): { subscriptionIdentifier?: string } {
  const parsed = Identified.safeParse(value);
  return parsed.success ? { subscriptionIdentifier: parsed.data.subscriptionIdentifier } : {};
}

const sentence = (problems: readonly { readonly path: readonly string[]; readonly message: string }[]): string =>
  problems
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")} ${message}`))
    .join("; ");
