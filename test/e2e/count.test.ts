import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasSharedData, sensorium, sharedData, temporaryHome } from "@sensorium/testkit";
import { cutClip } from "@sensorium/testkit/clip";
import { describe, expect, it } from "vitest";

const video = sharedData("video/one-by-one-person-detection.mp4");
const truth = [18.8, 44.0, 69.0, 85.8, 118.6, 134.8];

describe.runIf(hasSharedData)("sensorium count on people who walk out to the right, one at a time", () => {
  it.each([
    ["each of six", "YOLOX-nano", { seconds: 140, model: ["--model", sharedData("models/detect/yolox_nano.onnx")] }],
    ["each of the first two", "the bundled model", { seconds: 48, model: [] }],
  ])("counts %s once, at the right moment, with %s", { timeout: 240_000 }, async (_, __, { seconds, model }) => {
    await using home = await temporaryHome();
    const clip = await cutClip(video, { path: join(home.path, "clip.mp4"), seconds });
    const crossed = truth.filter((at) => at < seconds);
    const { code, stdout, stderr } = await sensorium(
      ...["count", clip, "--line", "0.72,0.2,0.72,1", "--json", "--home", home.path, ...model],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout) as {
      in: number;
      out: number;
      crossings: { at: number; direction: string; track: number }[];
    };
    expect({ in: result.in, out: result.out }).toEqual({ in: crossed.length, out: 0 });
    expect(result.crossings.map(({ at }, i) => Math.abs(at - (crossed[i] ?? 0)) <= 1)).toEqual(crossed.map(() => true));
    expect(new Set(result.crossings.map(({ track }) => track)).size).toBe(crossed.length);
  });
});

describe("sensorium says in one sentence what is wrong", () => {
  /** Any file will do where something else is wrong: that is said before it is opened. */
  const clip = "package.json";
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ["a video that does not exist", ["count", "/nowhere.mp4"], "/nowhere.mp4 does not exist"],
    ["a folder", ["count", "/tmp"], "/tmp is not a file"],
    ["not a video", ["count", "package.json"], "package.json is not a video that can be read"],
    [
      "a line outside the picture",
      ["count", clip, "--line", "0,0,1.5,1"],
      'the line "0,0,1.5,1" cannot be used: it lies outside the picture',
    ],
    ["a line of three numbers", ["count", clip, "--line", "0,0,1"], "it has 3 numbers"],
    ["a line of words", ["count", clip, "--line", "a,b,c,d"], "not every part is a number"],
    ["a line without length", ["count", clip, "--line", "0.5,0.5,0.5,0.5"], "its two ends are the same point"],
    ["a model that does not exist", ["count", clip, "--model", "nothing.onnx"], "there is no model nothing.onnx"],
    [
      "a model that is not ONNX",
      ["count", clip, "--model", "package.json"],
      "the model package.json cannot be used: The file is not an ONNX model",
    ],
    ["a class the model does not know", ["count", clip, "--class", "unicorn"], 'knows no class "unicorn"'],
    ["a source of another kind", ["count", "ftp://host/video.mp4"], "ftp:// is not a source that can be opened"],
    ["a camera to count at once", ["count", "rtsp://127.0.0.1:9/x"], "count takes a video file"],
    [
      "a source that refuses",
      ["source", "probe", "rtsp://user:secret@127.0.0.1:9/x"],
      "rtsp://127.0.0.1:9/x refused the connection",
    ],
    [
      "a source whose flag cannot be used",
      ["source", "probe", "http://127.0.0.1:9/x", "--snapshot-interval", "soon"],
      "the setting --snapshot-interval cannot be used",
    ],
    [
      "a server's model that does not exist",
      ["serve", clip, "--model", "nothing.onnx"],
      "there is no model nothing.onnx",
    ],
    ["a server's model that is not ONNX", ["serve", clip, "--model", clip], "The file is not an ONNX model"],
    ["a port that is no number", ["serve", "--port", "many"], "It is not a whole number"],
    ["a port out of range", ["serve", "--port", "70000"], "the setting --port cannot be used"],
  ];

  it.each(cases)("%s", async (_, args, sentence) => {
    await using home = await temporaryHome();
    const where = args[0] === "source" ? [] : ["--home", home.path];
    const { code, stdout, stderr } = await sensorium(...args, ...where);
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).not.toContain("secret");
  });

  it.runIf(hasSharedData)("a model that is no detector, and what it is", async () => {
    await using home = await temporaryHome();
    const model = sharedData("models/face/mobilefacenet.onnx");
    const { code, stderr } = await sensorium("count", clip, "--model", model, "--home", home.path);
    expect(code).toBe(1);
    expect(stderr).toContain("the model mobilefacenet is for the task face-embed; one for detect is needed");
  });

  it.runIf(hasSharedData)("a truncated video, and how far it goes", async () => {
    await using home = await temporaryHome();
    const cut = join(home.path, "cut.mp4");
    await writeFile(cut, (await readFile(sharedData("video/car-detection.mp4"))).subarray(0, 700_000));
    const { code, stderr } = await sensorium(
      "count",
      cut,
      "--model",
      sharedData("models/detect/yolox_nano.onnx"),
      "--home",
      home.path,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^sensorium: cut\.mp4 ends after 6\.\d s of its announced 30\.2 s: the file is truncated or damaged\n$/,
    );
  });
});

describe("sensorium looks at what there is", () => {
  it("lists the models that can be used by name", async () => {
    const { stdout } = await sensorium("models", "list", "--json");
    expect(JSON.parse(stdout)[0]).toMatchObject({ name: "centernet", default: true, licence: "MIT", state: "bundled" });
  });

  it.runIf(hasSharedData)("says what a source is", async () => {
    const { stdout } = await sensorium("source", "probe", video, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      source: "one-by-one-person-detection.mp4",
      codec: "h264",
      size: { width: 768, height: 432 },
      framesPerSecond: 10,
      durationSeconds: 139.4,
      decoder: { name: expect.any(String) },
    });
    const { stdout: text } = await sensorium("source", "probe", video, "--decode", "software");
    expect(text).toMatch(/^decoded by +software: it is set so$/m);
  });
});
