import { expect, it } from "vitest";
import { float16 } from "./half.ts";

it("all 65 536 half floats are read as the runtime reads them", () => {
  const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
  const expected = Array.from(new Float16Array(bits.buffer));
  expect(Array.from(bits, float16)).toEqual(expected);
});
