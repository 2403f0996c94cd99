import { COCO_KEYPOINTS, COCO_SKELETON } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { bonesOf } from "./skeleton.ts";

/** Every keypoint at (its index, 2 · its index), as sure as `score` says. */
const person = (score: (joint: string) => number): number[] =>
  COCO_KEYPOINTS.flatMap((joint, i) => [i, 2 * i, score(joint)]);

it("a person who is seen whole has every bone", () => {
  expect(bonesOf(person(() => 0.9))).toHaveLength(COCO_SKELETON.length);
});

it("a bone with a guessed end is not drawn", () => {
  const left = COCO_KEYPOINTS.indexOf("left_wrist");
  const bones = bonesOf(person((joint) => (joint === "left_wrist" ? 0.1 : 0.9)));
  expect(bones).toHaveLength(COCO_SKELETON.filter((bone) => !bone.includes(left)).length);
  expect(bones.flat()).not.toContainEqual({ x: left, y: 2 * left });
});

it("nobody seen has none", () => {
  expect(bonesOf(person(() => 0))).toEqual([]);
});
