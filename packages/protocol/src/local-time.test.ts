import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatClock, formatLocal, lastReset, nextReset } from "./local-time.ts";

const utc = (text: string): number => Date.parse(`${text}Z`);

describe("an instant is shown as the clocks of the zone show it", () => {
  test.each([
    ["UTC", "2026-03-01T00:00:00.007", "2026-03-01 00:00:00.007"],
    ["Europe/Berlin", "2026-07-01T22:30:05.120", "2026-07-02 00:30:05.120"],
    ["America/New_York", "2026-01-01T04:59:59.999", "2025-12-31 23:59:59.999"],
    ["Asia/Kathmandu", "2026-01-01T00:00:00", "2026-01-01 05:45:00.000"],
    ["Pacific/Apia", "2011-12-30T09:59:59.999", "2011-12-29 23:59:59.999"],
    ["Pacific/Apia", "2011-12-30T10:00:00.000", "2011-12-31 00:00:00.000"],
  ])("%s %s → %s", (zone, instant, shown) => {
    expect(formatLocal(utc(instant), zone)).toBe(shown);
    expect(formatClock(utc(instant), zone)).toBe(shown.slice(11, 19));
  });
});

describe("the day's counts begin at the reset time of the zone", () => {
  test.each([
    ["at the reset itself", "Europe/Berlin", "04:00", "2026-07-01T02:00:00", "2026-07-01T02:00:00"],
    ["just before the reset", "Europe/Berlin", "04:00", "2026-07-01T01:59:59.999", "2026-06-30T02:00:00"],
    ["a zone with quarter hours", "Asia/Kathmandu", "00:00", "2026-01-01T12:00:00", "2025-12-31T18:15:00"],
    ["a day that is tomorrow in UTC", "America/New_York", "23:30", "2026-01-02T04:30:00", "2026-01-02T04:30:00"],
    [
      "clocks skip the reset: the first instant after",
      "Europe/Berlin",
      "02:30",
      "2026-03-29T12:00:00",
      "2026-03-29T01:00:00",
    ],
    ["clocks skip it elsewhere", "America/New_York", "02:00", "2026-03-08T12:00:00", "2026-03-08T07:00:00"],
    ["clocks show it twice: the first", "Europe/Berlin", "02:30", "2026-10-25T12:00:00", "2026-10-25T00:30:00"],
    ["between the two", "Europe/Berlin", "02:30", "2026-10-25T01:00:00", "2026-10-25T00:30:00"],
    ["midnight is skipped", "America/Havana", "00:00", "2026-03-08T12:00:00", "2026-03-08T05:00:00"],
    ["half an hour back", "Australia/Lord_Howe", "01:45", "2026-04-04T20:00:00", "2026-04-04T14:45:00"],
    ["a whole day is skipped", "Pacific/Apia", "12:00", "2011-12-30T11:00:00", "2011-12-30T10:00:00"],
    ["the day before the skipped one", "Pacific/Apia", "12:00", "2011-12-30T09:00:00", "2011-12-29T22:00:00"],
  ])("%s (%s, %s)", (_, zone, time, now, expected) => {
    expect(new Date(lastReset(utc(now), { zone, time })).toISOString()).toBe(new Date(utc(expected)).toISOString());
  });
});

const zones = [
  "UTC",
  "Europe/Berlin",
  "Europe/Dublin",
  "America/New_York",
  "America/St_Johns",
  "America/Havana",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Antarctica/Troll",
];
const two = (n: number): string => String(n).padStart(2, "0");
const anyReset = fc.record({
  zone: fc.constantFrom(...zones),
  time: fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${two(hour)}:${two(minute)}`),
});
const anyInstant = fc.integer({ min: utc("1975-01-01T00:00:00"), max: utc("2060-01-01T00:00:00") });
const nearApiasMissingDay = fc.integer({ min: utc("2011-12-28T00:00:00"), max: utc("2012-01-02T00:00:00") });

test("resets follow one another without a gap, at most a skipped day apart", () => {
  fc.assert(
    fc.property(fc.oneof(anyInstant, nearApiasMissingDay), anyReset, (now, reset) => {
      const last = lastReset(now, reset);
      const next = nextReset(now, reset);
      expect(last).toBeLessThanOrEqual(now);
      expect(next).toBeGreaterThan(now);
      expect(next - last).toBeLessThanOrEqual(49 * 3_600_000);
      expect(lastReset(last, reset)).toBe(last);
      expect(nextReset(last, reset)).toBe(next);
      expect(lastReset(next, reset)).toBe(next);
      expect(lastReset(next - 1, reset)).toBe(last);
    }),
  );
});

test("at a reset the clocks show its time, unless they skip it then", () => {
  fc.assert(
    fc.property(anyInstant, anyReset, (now, reset) => {
      const at = lastReset(now, reset);
      const shown = formatClock(at, reset.zone);
      if (shown === `${reset.time}:00`) return;
      // Skipped: the last moment before showed less of the day, this one shows more.
      const [before, after] = [formatLocal(at - 1, reset.zone), formatLocal(at, reset.zone)];
      const day = shown < reset.time ? before.slice(0, 10) : after.slice(0, 10);
      const skipped = `${day} ${reset.time}`;
      expect(before < skipped && skipped < after).toBe(true);
    }),
  );
});

test.each(["Mars/Olympus", "", "Europe/Berlin; drop table"])("the unknown zone %j is refused by name", (zone) => {
  expect(() => lastReset(0, { zone, time: "00:00" })).toThrow(
    expect.objectContaining({ code: "config-invalid", message: expect.stringContaining(`"${zone}"`) }),
  );
});

test.each(["24:00", "4:00", "12:60", "noon", "", "12:00:00"])("the time %j is refused", (time) => {
  expect(() => nextReset(0, { zone: "UTC", time })).toThrow(
    expect.objectContaining({ code: "config-invalid", message: expect.stringContaining(`"${time}"`) }),
  );
});
