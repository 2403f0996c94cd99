import { type WallMs, wallMs } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { type AlertOptions, type AlertsState, type Concern, type Relief, raiseAlerts } from "./raise-alerts.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const T0 = 1_773_480_000_000;

const began = (atMs: number, change: Partial<Concern<string>> = {}): readonly [number, Concern<string>] => [
  atMs,
  { type: "began", rule: "fall", person: 1, sinceMs: T0 + atMs, confidence: 0.9, cause: `at ${atMs}`, ...change },
];
const over = (atMs: number, person = 1): readonly [number, Relief] => [atMs, { type: "over", rule: "fall", person }];

/** Asked every second for so long. */
function replay(
  news: readonly (readonly [number, Concern<string> | Relief])[],
  { forMs = MINUTE, ...options }: AlertOptions & { readonly forMs?: number } = {},
): string[] {
  const step = raiseAlerts<string>(options);
  let state: AlertsState<string> = { concerns: [], raised: [] };
  return Array.from({ length: forMs / SECOND }, (_, i): WallMs => wallMs(T0 + i * SECOND)).flatMap((at) => {
    const heard = news.filter(([atMs]) => T0 + atMs > at - SECOND && T0 + atMs <= at).map(([, one]) => one);
    const next = step(state, heard, at);
    state = next.state;
    return next.events.map(({ rule, person, cause }) => `${rule} of ${person} ${cause}, told at ${at - T0}`);
  });
}

describe("an alert is raised", () => {
  test("when it has lasted for five seconds", () => {
    expect(replay([began(2_000)])).toEqual(["fall of 1 at 2000, told at 7000"]);
  });

  test("at once when it had lasted before it was known", () => {
    expect(replay([began(2_000, { sinceMs: T0 - 10_000 })])).toEqual(["fall of 1 at 2000, told at 2000"]);
  });

  test("not when it is over by then", () => {
    expect(replay([began(2_000), over(5_000)])).toEqual([]);
    expect(replay([began(2_000), over(5_000, 2)])).toHaveLength(1);
  });

  test("not when it is not sure enough", () => {
    expect(replay([began(2_000, { confidence: 0.79 })])).toEqual([]);
    expect(replay([began(2_000, { confidence: 0.79 })], { threshold: 0.7 })).toHaveLength(1);
  });

  test("once for the same person within five minutes, but for everybody and everything else", () => {
    const again = replay([began(0), began(4 * MINUTE), began(6 * MINUTE)], { forMs: 10 * MINUTE });
    expect(again).toEqual([
      "fall of 1 at 0, told at 5000",
      `fall of 1 at ${6 * MINUTE}, told at ${6 * MINUTE + 5_000}`,
    ]);
    expect(replay([began(0), began(0, { person: 2 }), began(0, { rule: "inactivity" })])).toHaveLength(3);
  });

  test("ten times an hour of each kind at the most", () => {
    const falls = Array.from({ length: 14 }, (_, i) => began(i * MINUTE, { person: i + 1 }));
    const other = began(20 * MINUTE, { rule: "inactivity" });
    const later = began(61 * MINUTE, { person: 50 });
    const raised = replay([...falls, other, later], { forMs: 70 * MINUTE });
    expect(raised.filter((line) => line.startsWith("fall"))).toHaveLength(11);
    expect(raised.filter((line) => line.startsWith("inactivity"))).toHaveLength(1);
    expect(raised.at(-1)).toMatch(/^fall of 50/);
  });
});

test("a clock that was set back keeps no alert from being raised", () => {
  const step = raiseAlerts<string>();
  const first = step({ concerns: [], raised: [] }, [began(0, { sinceMs: 0 })[1]], wallMs(T0));
  const second = step(first.state, [began(0, { sinceMs: 0 })[1]], wallMs(T0 - 60 * MINUTE));
  expect([...first.events, ...second.events]).toHaveLength(2);
});

test("options that make no sense are refused", () => {
  for (const options of [{ threshold: -1 }, { perHour: Number.NaN }]) {
    expect(() => raiseAlerts(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  }
});
