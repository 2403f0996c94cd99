import { expect, it } from "vitest";
import { SpareSlots } from "./spare-slots.ts";

it("memory that was given back is used again where it fits", () => {
  const spare = new SpareSlots();
  const small = spare.take(100, 2);
  const large = spare.take(200, 2);
  expect(large.buffer).not.toBe(small.buffer);
  spare.give(small);
  spare.give(large);
  expect(spare.take(200, 2)).toBe(large);
  expect(spare.take(100, 3)).not.toBe(small);
  expect(spare.take(100, 2)).toBe(small);
  expect(spare.take(100, 2)).not.toBe(small);
});

it("memory that nothing fits any more is let go in the end", () => {
  const spare = new SpareSlots();
  const old = spare.take(100, 2);
  spare.give(old);
  for (let camera = 0; camera < 20; camera++) spare.give(new SpareSlots().take(200, 2));
  expect(spare.take(100, 2)).not.toBe(old);
});
