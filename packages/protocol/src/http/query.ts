import { z } from "zod";

/** A name of something in an address or a body. */
export const Name = z.string().min(1).max(100);

/** An instant as it is sent: UTC with milliseconds. */
export const Time = z.iso.datetime();

/** An instant as it is taken: ISO 8601 with a zone. */
const Instant = z.iso
  .datetime({
    offset: true,
    error: ({ code }) =>
      code === "invalid_format" ? "must be a time with its zone, such as 2025-01-07T10:30:00Z" : undefined,
  })
  .meta({ examples: ["2025-01-07T10:30:00Z"] });

/** A switch in an address. */
export const Switch = z.enum(["true", "false"]).transform((text) => text === "true");

/** 0..1 in an address. */
export const ShareInQuery = z.coerce.number().min(0).max(1);

/** The longest span of time that is looked at in one request. */
export const LONGEST_RANGE_DAYS = 92;

const DAY_MS = 86_400_000;

/** A span of time that has to be given; `end_time` is not in it. */
export const Range = z.object({ start_time: Instant, end_time: Instant });

/** A span of time; what is absent is chosen by {@link spanOf}. */
export const OpenRange = Range.partial();

/** A span in Unix milliseconds. */
export interface Span {
  readonly fromMs: number;
  /** Not in it. */
  readonly toMs: number;
}

/** Why a span is none, and of which parameter that is true. */
export interface BadSpan {
  readonly field: "start_time" | "end_time";
  readonly reason: string;
}

/** The span of a query: until now, and a day long, where it does not say; or why it cannot be one. */
export function spanOf({ start_time, end_time }: z.infer<typeof OpenRange>, nowMs: number): Span | BadSpan {
  const toMs = end_time === undefined ? nowMs : Date.parse(end_time);
  const fromMs = start_time === undefined ? toMs - DAY_MS : Date.parse(start_time);
  if (fromMs >= toMs) {
    return end_time === undefined
      ? { field: "start_time", reason: "must be in the past" }
      : { field: "end_time", reason: "must be later than start_time" };
  }
  if (toMs - fromMs <= LONGEST_RANGE_DAYS * DAY_MS) return { fromMs, toMs };
  return { field: "end_time", reason: `must be within ${LONGEST_RANGE_DAYS} days of start_time` };
}
