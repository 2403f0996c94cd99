import { describe, expect, it } from "vitest";
import { picksBoxes, stridesOf, trainedSize } from "./metadata.ts";

describe("the metadata of a model", () => {
  it.each([
    [undefined, 640, 640],
    ["[320, 480]", 480, 320],
    ["[640,640]", 640, 640],
    ["416", 416, 416],
  ])("imgsz %s is %i wide and %i high", (imgsz, width, height) => {
    expect(trainedSize(imgsz === undefined ? {} : { imgsz })).toEqual({ width, height });
  });

  it.each(["", "[640]", "[0, 640]", "[640, 99999]", "large", "[640, 640, 3]"])("imgsz %j is refused", (imgsz) => {
    expect(() => trainedSize({ imgsz })).toThrow(`its metadata names the picture size ${imgsz}, which is none`);
  });

  it("tells how many feature maps there are by the largest stride", () => {
    expect(stridesOf({})).toEqual([8, 16, 32]);
    expect(stridesOf({ stride: "64" })).toEqual([8, 16, 32, 64]);
    expect(stridesOf({ stride: "nonsense" })).toEqual([8, 16, 32]);
  });

  it("tells whether the graph picks its boxes itself", () => {
    expect(picksBoxes({ end2end: "True" })).toBe(true);
    expect(picksBoxes({ args: "{'half': True, 'nms': True}" })).toBe(true);
    expect(picksBoxes({ end2end: "False", args: "{'nms': False}" })).toBe(false);
    expect(picksBoxes({})).toBe(false);
  });
});
