import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMotText } from "./mot-text.ts";
import { motDetections, motPedestrians, withoutDistractors } from "./pedestrians.ts";
import { parseSequenceInfo } from "./sequence-info.ts";

const parse = (text: string, frames = 3) => parseMotText(text, { name: "gt.txt", frames });

describe("a text of the MOTChallenge", () => {
  test("gives boxes, identities, flags and classes of each frame, in whatever order its lines are", () => {
    const [first, second, third] = parse("3,7,1.5,2,10,20,1,1,0.5\r\n1,-1,5,6,7,8,0.75\n\n1,9,0,0,4,4,0,8,1\n");
    expect(first).toEqual({
      count: 2,
      boxes: Float32Array.of(5, 6, 12, 14, 0, 0, 4, 4),
      scores: Float32Array.of(0.75, 0),
      classes: Uint16Array.of(0, 8),
      tracks: Int32Array.of(-1, 9),
    });
    expect(second?.count).toBe(0);
    expect(third?.boxes).toEqual(Float32Array.of(1.5, 2, 11.5, 22));
  });

  test("may say -1 for what detections do not have", () => {
    expect(parse("1,-1,5,6,7,8,0.75,-1,-1,-1")[0]?.classes).toEqual(Uint16Array.of(0));
  });

  test.each([
    {
      name: "too few numbers",
      text: "1,1,0,0,4,4,1\n1,2,0,0,4,4",
      message: "gt.txt line 2: not seven or more numbers",
    },
    { name: "a word", text: "1,1,0,0,four,4,1", message: "gt.txt line 1: not seven" },
    { name: "a field left out", text: "\n1,1,,0,4,4,1", message: "gt.txt line 2: not seven" },
    { name: "a number without end", text: "1,1,0,0,Infinity,4,1", message: "gt.txt line 1: not seven" },
    { name: "half an identity", text: "1,1.5,0,0,4,4,1", message: "gt.txt line 1: not seven" },
    { name: "a frame before the first", text: "0,1,0,0,4,4,1", message: "frame 0 is not one of the sequence's 3" },
    { name: "half a frame", text: "1.5,1,0,0,4,4,1", message: "frame 1.5 is not one of" },
    { name: "a frame beyond the last", text: "4,1,0,0,4,4,1", message: "frame 4 is not one of the sequence's 3" },
    { name: "somebody twice", text: "2,5,0,0,4,4,1\n2,5,9,9,4,4,1", message: "line 2: identity 5 is in frame 2 twice" },
  ])("is refused, with the line, for $name", ({ text, message }) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "source-invalid", message: expect.stringContaining(message) }),
    );
  });

  test("is read whole or refused with its name, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^([0-4],-?[0-9.]{1,3}(,[0-9]{1,2}){5}\n?){0,4}$/)),
        (text) => {
          try {
            const count = parse(text).reduce((sum, frame) => sum + frame.count, 0);
            expect(count).toBe(text.split("\n").filter((line) => line.trim() !== "").length);
          } catch (thrown) {
            expect(thrown).toMatchObject({
              code: "source-invalid",
              message: expect.stringMatching(/^gt\.txt line \d+: /),
            });
          }
        },
      ),
    );
  });
});

describe("a sequence's seqinfo.ini", () => {
  const text = "[Sequence]\r\nname=X\r\nframeRate=14\r\nseqLength = 837\r\nimWidth=640\r\nimHeight=480\r\n";

  test("says how fast, how long and how large it is", () => {
    const info = { framesPerSecond: 14, frames: 837, size: { width: 640, height: 480 } };
    expect(parseSequenceInfo(text, "seqinfo.ini")).toEqual(info);
  });

  test.each(["frameRate", "seqLength", "imWidth", "imHeight"])("is refused without a usable %s", (key) => {
    for (const wrong of [text.replace(key, "no"), text.replace(new RegExp(`${key}.*`), `${key}=0`)]) {
      expect(() => parseSequenceInfo(wrong, "seqinfo.ini")).toThrow(
        expect.objectContaining({ code: "source-invalid", message: expect.stringContaining(key) }),
      );
    }
  });
});

describe("the people who are evaluated", () => {
  const lines = ["1,1,0,0,10,10,1,1,1", "1,2,100,0,10,10,0,1,1", "1,3,200,0,10,10,0,8,1", "1,4,300,0,10,10,0,3,1"];
  const annotated = parse(lines.join("\n"), 1);

  test("are the pedestrians that are flagged", () => {
    expect(motPedestrians(annotated).map(({ tracks }) => [...tracks])).toEqual([[1]]);
  });

  test("are all that are flagged, where the file has no classes", () => {
    expect(
      motPedestrians(parse("1,1,0,0,9,9,1\n1,2,0,0,9,9,0\n1,3,0,0,9,9,1,-1,-1,-1")).map(({ count }) => count),
    ).toEqual([2, 0, 0]);
  });

  test("leave out of a tracker's output what is on a distractor, and nothing else", () => {
    const output = parse("1,11,1,0,10,10,1\n1,13,201,0,10,10,1\n1,14,301,0,10,10,1\n1,15,400,0,10,10,1", 1);
    expect([...(withoutDistractors(output, annotated)[0]?.tracks ?? [])]).toEqual([11, 14, 15]);
  });

  test("lose no box to a distractor that overlaps it less than the person beside it", () => {
    const beside = parse("1,1,0,0,10,10,1,1,1\n1,2,3,0,10,10,0,7,1", 1);
    const output = parse("1,11,1,0,10,10,1", 1);
    expect(withoutDistractors(output, beside)).toEqual(output);
  });

  test("are found by a detector that knows one class", () => {
    expect(motDetections(annotated)[0]?.classes).toEqual(new Uint16Array(4));
  });
});
