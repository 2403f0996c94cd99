import type { Tracked } from "@sensorium/protocol";

/** How far a box that is not on its place is beside it: 10 wide, 7.5 of them shared of 12.5, they overlap by 0.6. */
const ASIDE = 2.5;

/**
 * Frames written as words, one per item: `"3B"` is number 3 on place B, `"3B~"` the same box a little aside, overlapping
 * it by 0.6. Places are apart from one another. `"A B"` puts a person on each place, numbered as the places are.
 */
export const scene = (...frames: readonly string[]): Tracked[] =>
  frames.map((frame) => {
    const items = frame.split(" ").filter(Boolean).map(itemOf);
    return {
      count: items.length,
      boxes: Float32Array.from(items.flatMap(({ x }) => [x, 0, x + 10, 10])),
      scores: Float32Array.from(items, () => 1),
      classes: new Uint16Array(items.length),
      tracks: Int32Array.from(items, ({ number }) => number),
    };
  });

function itemOf(word: string): { readonly number: number; readonly x: number } {
  const [, number, place = "", aside] = /^(\d*)([A-Z])(~?)$/.exec(word) ?? [];
  const index = place.charCodeAt(0) - "A".charCodeAt(0);
  return { number: number ? Number(number) : index + 1, x: 100 * index + (aside ? ASIDE : 0) };
}
