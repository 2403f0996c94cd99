import { type OpenRange, type Span, spanOf } from "@sensorium/protocol/rest";
import type { z } from "zod";
import { type Principal, sees } from "../../auth/principal.ts";
import type { SensingSource } from "../../streaming/source.ts";
import { notUnderstood, refusal } from "../replies.ts";

/**
 * The environments of which records are shown: the one that is named, or all that the asker may see; null for every
 * one. One that the asker may not see is answered as one that is not there: with nothing.
 */
export function recordedIn(principal: Principal | null, named: string | undefined): readonly string[] | null {
  if (named === undefined) return principal?.environments ?? null;
  return sees(principal, named) ? [named] : [];
}

/**
 * The environments there are now that the asker may see, or the one of them that is named.
 * @throws a refusal with 404 when there is none.
 */
export function presentFor(
  principal: Principal | null,
  { sensing, named }: { readonly sensing: SensingSource; readonly named: string | undefined },
): readonly [string, ...string[]] {
  const [first, ...others] = sensing
    .environments()
    .filter((environment) => sees(principal, environment) && (named === undefined || named === environment));
  if (first !== undefined) return [first, ...others];
  throw refusal(
    404,
    named === undefined ? "There is no environment yet" : `There is no environment ${JSON.stringify(named)}`,
  );
}

/**
 * The span of time that a query asks about.
 * @throws a refusal with 422 when it cannot be one.
 */
export function spanFor(query: z.output<typeof OpenRange>, nowMs: number): Span {
  const span = spanOf(query, nowMs);
  if ("reason" in span) throw notUnderstood("query", span);
  return span;
}

/** An instant as it is sent. */
export const timeOf = (ms: number): string => new Date(ms).toISOString();
