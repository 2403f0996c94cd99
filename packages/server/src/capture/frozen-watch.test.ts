import { expect, it } from "vitest";
import { FrozenWatch, type Thaw } from "./frozen-watch.ts";

/** What a watch of a minute says of pictures that come at these times, in seconds. */
function watch(pictures: readonly (readonly [seconds: number, fingerprint: number])[]): [number, Thaw][] {
  const frozen = new FrozenWatch(60_000);
  const said: [number, Thaw][] = [];
  for (const [seconds, fingerprint] of pictures) {
    if (!frozen.due(seconds * 1000)) continue;
    const thaw = frozen.compare(fingerprint, seconds * 1000);
    if (thaw) said.push([seconds, thaw]);
  }
  return said;
}

const from = (first: number, last: number, fingerprint: (second: number) => number): [number, number][] =>
  Array.from({ length: last - first + 1 }, (_, index) => [first + index, fingerprint(first + index)]);

it("a picture that does not change for a minute is frozen, once, until it does", () => {
  const same = (): number => 7;
  expect(watch([...from(0, 300, same), ...from(301, 310, (second) => second)])).toEqual([
    [60, { type: "frozen", forMs: 60_000 }],
    [301, { type: "thawed" }],
  ]);
});

it("a picture that changed a moment before the minute was over is not frozen", () => {
  expect(watch(from(0, 300, (second) => Math.floor(second / 59)))).toEqual([]);
});

it("a camera that freezes again is said to, again", () => {
  const said = watch(from(0, 200, (second) => (second < 100 ? 1 : 2)));
  expect(said.map(([second, { type }]) => [second, type])).toEqual([
    [60, "frozen"],
    [100, "thawed"],
    [160, "frozen"],
  ]);
});

it("a snapshot every five minutes is frozen at the first repetition", () => {
  const said = watch([
    [0, 1],
    [300, 1],
  ]);
  expect(said).toEqual([[300, { type: "frozen", forMs: 300_000 }]]);
});

it("pictures are compared once a second, however many come", () => {
  const frozen = new FrozenWatch(60_000);
  let compared = 0;
  for (let ms = 0; ms < 10_000; ms += 40) {
    if (!frozen.due(ms)) continue;
    compared++;
    frozen.compare(ms, ms);
  }
  expect(compared).toBe(10);
});
