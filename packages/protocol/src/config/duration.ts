import { z } from "zod";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

const FORM = new RegExp(`^(\\d+(?:\\.\\d+)?) ?(${Object.keys(UNIT_MS).join("|")})$`);

/** What `60 s`, `1.5 h` or `90 days` is in whole milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const [, amount, unit = ""] = FORM.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return amount === undefined || unitMs === undefined ? undefined : Math.round(Number(amount) * unitMs);
}

interface DurationLimits {
  readonly least: string;
  readonly most: string;
}

/** A duration as people write it, between two others. */
export function duration({ least, most }: DurationLimits) {
  const error = "must be a duration such as 60 s, 15 min, 2 h or 90 days";
  return z
    .string({ error })
    .regex(FORM, { error, abort: true })
    .refine((text) => (durationMs(text) ?? 0) >= (durationMs(least) ?? 0), `must be at least ${least}`)
    .refine((text) => (durationMs(text) ?? 0) <= (durationMs(most) ?? 0), `must be at most ${most}`);
}
