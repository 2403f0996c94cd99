import { describe, expect, it } from "vitest";
import { Rates } from "./rates.ts";

const rates = () => new Rates({ requests: 3, windowSeconds: 60 });
const T0 = 1_773_480_000_500;

describe("the requests of a token", () => {
  it("are counted down, refused when there are too many, and begin anew with the next window", () => {
    const counter = rates();
    const taken = [0, 1, 2, 59_999, 60_000].map((ms) => counter.take("a", T0 + ms));
    expect(taken.map(({ remaining, exceeded }) => [remaining, exceeded])).toEqual([
      [2, false],
      [1, false],
      [0, false],
      [0, true],
      [2, false],
    ]);
    expect(taken.map(({ resetMs }) => resetMs - T0)).toEqual([60_000, 60_000, 60_000, 60_000, 120_000]);
  });

  it("that are refused do not make the next window later or smaller", () => {
    const counter = rates();
    for (let i = 0; i < 100; i++) counter.take("a", T0 + i);
    expect(counter.take("a", T0 + 60_000)).toMatchObject({ remaining: 2, exceeded: false });
  });

  it("are not those of another", () => {
    const counter = rates();
    for (let i = 0; i < 4; i++) counter.take("a", T0);
    expect(counter.take("a", T0).exceeded).toBe(true);
    expect(counter.take("b", T0)).toMatchObject({ remaining: 2, exceeded: false });
  });

  it("stay counted however many others come", () => {
    const counter = rates();
    for (let i = 0; i < 4; i++) counter.take("a", T0);
    for (let i = 0; i < 30_000; i++) counter.take(`other ${i}`, T0 + 1);
    expect(counter.take("a", T0 + 2).exceeded).toBe(true);
  });

  it("do not wait for a clock that was set back", () => {
    const counter = rates();
    for (let i = 0; i < 4; i++) counter.take("a", T0);
    expect(counter.take("a", T0 - 3_600_000).exceeded).toBe(false);
  });
});
