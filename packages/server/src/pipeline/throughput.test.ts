import { expect, it } from "vitest";
import { nothingCaptured } from "../capture/messages.ts";
import { Throughput } from "./throughput.ts";

it("a camera that is opened again goes on with its figures", () => {
  const throughput = new Throughput();
  throughput.follow({ totals: { captured: 70, gated: 30, dropped: 4, undecodable: 1 } });
  throughput.follow(undefined);
  expect(throughput.totals).toEqual({ captured: 70, gated: 30, dropped: 4, undecodable: 1 });
  throughput.follow({ totals: { captured: 5, gated: 0, dropped: 1, undecodable: 0 } });
  expect(throughput.totals).toEqual({ captured: 75, gated: 30, dropped: 5, undecodable: 1 });
});

it.each([
  { dropped: 3, state: "online", limitedBy: "cpu" },
  { dropped: 0, state: "online", limitedBy: null },
  { dropped: 3, state: "stalled", limitedBy: "upstream" },
] as const)("a source that is $state and of 10 frames a second loses $dropped is limited by $limitedBy", (row) => {
  const throughput = new Throughput();
  const totals = { ...nothingCaptured };
  throughput.follow({ totals });
  for (let second = 0; second < 5; second++) {
    throughput.tick(1000 * second);
    totals.captured += 10;
    totals.dropped += row.dropped;
  }
  expect(throughput.rates.captured).toBeCloseTo(10);
  expect(throughput.limitedBy(row.state)).toBe(row.limitedBy);
});
