import { expect, it } from "vitest";
import { FairQueue } from "./fair-queue.ts";

it("cameras take turns, however much one of them asks for", () => {
  const queue = new FairQueue<string, string>();
  for (const work of ["a1", "a2", "a3"]) queue.put("a", work);
  queue.put("b", "b1");
  queue.put("c", "c1");
  expect([1, 2, 3, 4, 5, 6].map(() => queue.take())).toEqual(["a1", "b1", "c1", "a2", "a3", undefined]);
});

it("a camera that was just served waits behind the others when it comes back", () => {
  const queue = new FairQueue<string, string>();
  queue.put("a", "a1");
  queue.put("b", "b1");
  queue.take();
  queue.put("a", "a2");
  expect([queue.take(), queue.take()]).toEqual(["b1", "a2"]);
});
