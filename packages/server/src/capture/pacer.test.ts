import { describe, expect, it } from "vitest";
import type { Clock } from "../flow/supervise.ts";
import { Pacer } from "./pacer.ts";

const FRAME_MS = 40;

/** A machine whose time passes only by sleeping and by the work it is given. */
class Machine implements Clock {
  #now = 1_000_000;
  now = (): number => this.#now;
  random = (): number => 0;

  async sleep(ms: number): Promise<void> {
    this.#now += ms;
  }

  work(ms: number): void {
    this.#now += ms;
  }
}

/** When each picture of 25 a second is let through, when handling picture `index` costs `work(index)` milliseconds. */
async function play(pictures: number, work: (index: number) => number): Promise<number[]> {
  const machine = new Machine();
  const pacer = new Pacer(machine, new AbortController().signal);
  const start = machine.now();
  const shown: number[] = [];
  for (let index = 0; index < pictures; index++) {
    await pacer.until(7_000_000 + index * FRAME_MS * 1000);
    shown.push(machine.now() - start);
    machine.work(work(index));
  }
  return shown;
}

describe("a recording played at its own speed", () => {
  it("shows every picture at its time, whatever handling it costs", async () => {
    expect(await play(5, (index) => (index % 2 === 0 ? 35 : 3))).toEqual([0, 40, 80, 120, 160]);
  });

  it("makes up for a short hitch", async () => {
    expect(await play(6, (index) => (index === 1 ? 150 : 0))).toEqual([0, 40, 190, 190, 190, 200]);
  });

  it("goes on later after a long one, without a burst", async () => {
    expect(await play(5, (index) => (index === 1 ? 5_000 : 0))).toEqual([0, 40, 5_040, 5_080, 5_120]);
  });

  it("plays slower on a machine that is too slow", async () => {
    const shown = await play(100, () => 60);
    expect(shown.at(-1)).toBe(99 * 60);
  });
});
