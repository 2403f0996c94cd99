import { expect, it } from "vitest";
import { type PersonNow, peopleNow, type SeenFrame } from "./people.ts";

const frame = (camera: string, receivedMs: number, scores: Readonly<Record<number, number>>): SeenFrame => ({
  receivedMs,
  people: Object.entries(scores).map(([person, score]) => ({
    ...{ person: Number(person), score, camera, activity: "walking" as const, confidence: 0.5, simulated: false },
  })),
});
const seen = (people: readonly PersonNow[]) => people.map(({ person, camera }) => [person, camera]);

it("whom several cameras see is there once, as the camera sees them that sees them best", () => {
  const frames = [frame("door", 1_000, { 2: 0.9, 4: 0.5 }), frame("till", 1_200, { 4: 0.8, 1: 0.4 })];
  expect(seen(peopleNow(frames, 1_500))).toEqual([
    [1, "till"],
    [2, "door"],
    [4, "till"],
  ]);
});

it("nobody is there whom only an old frame shows", () => {
  const frames = [frame("door", 1_000, { 2: 0.9 }), frame("till", 6_000, { 4: 0.8 })];
  expect(seen(peopleNow(frames, 7_001))).toEqual([[4, "till"]]);
});
