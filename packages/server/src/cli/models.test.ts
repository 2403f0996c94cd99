import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasSharedData, sensorium, sharedData } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyOnnx } from "../models/tiny-onnx.fixture.ts";

let home: string;
let tiny: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sensorium-models-"));
  tiny = join(home, "tiny.onnx");
  await writeFile(tiny, tinyOnnx());
});
afterEach(() => rm(home, { recursive: true }));

const models = (...args: readonly string[]) => sensorium("models", ...args, "--home", home);

describe("sensorium models", () => {
  it("adds, lists, shows, verifies and removes a model", async () => {
    const manifest = join(home, "manifest.json");
    await writeFile(manifest, JSON.stringify({ classes: ["fork-lift"] }));
    const added = await models("add", tiny, "--name", "lifts", "--licence", "MIT", "--manifest", manifest);
    const lines = added.stdout.split("\n");
    expect(lines).toEqual(expect.arrayContaining(["name       lifts", "task       detect (yolox)", "licence    MIT"]));
    expect(lines).toEqual(expect.arrayContaining(["classes    fork-lift", "Use it: --model lifts"]));
    const listed = JSON.parse((await models("list", "--json")).stdout);
    expect(listed).toContainEqual(expect.objectContaining({ name: "lifts", state: "added", licence: "MIT" }));
    expect(JSON.parse((await models("show", "lifts", "--json")).stdout)).toMatchObject({ manifest: { name: "lifts" } });
    expect((await models("verify")).stdout).toBe("lifts: as it was added\n");
    expect((await models("remove", "lifts")).stdout).toBe("lifts is removed\n");
    expect((await models("verify")).stdout).toBe("no model was added\n");
  });

  it("says which number of threads is best here", async () => {
    const { stdout } = await models("bench", tiny, "--threads", "2", "--seconds", "1", "--json");
    const { rows, best, provider } = JSON.parse(stdout);
    expect(rows.map(({ threads }: { threads: number }) => threads)).toEqual([1, 2]);
    for (const { p50, p95, framesPerSecond } of rows) {
      expect(p95).toBeGreaterThanOrEqual(p50);
      expect(framesPerSecond).toBeGreaterThan(0);
    }
    expect([1, 2]).toContain(best);
    expect(provider).toMatch(/^models run on /);
  });

  it.each([
    [["show", "nope"], "no model was added under the name nope"],
    [["verify", "nope"], "nope: no model was added under the name nope"],
    [["pull", "nope"], "the address of a model called nope is not known (known: "],
    [["add", "nope.onnx"], "the model file nope.onnx cannot be read"],
    [["add", "https://example.com/nope.onnx"], "models are not fetched from example.com: --allow-host example.com"],
    [["bench", "nope"], "there is no model nope: it is neither a file nor a bundled model (centernet"],
  ])("%j ends with a sentence", async (args, sentence) => {
    const { code, stdout, stderr } = await models(...args);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(sentence);
  });

  it("refuses a manifest with what it does not know, naming it", async () => {
    const manifest = join(home, "manifest.json");
    await writeFile(manifest, JSON.stringify({ colour: "bgr", input: { width: "wide" } }));
    const { code, stderr } = await models("add", tiny, "--manifest", manifest);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the manifest \S+manifest\.json cannot be used: .*input\.width.*colour/);
  });
});

it.runIf(hasSharedData)("a .pt counts as an .onnx does, by its path and by the name it was added under", async () => {
  const clip = await makeClip({
    path: join(home, "clip.mp4"),
    seconds: 0.5,
    fps: 10,
    size: { width: 128, height: 96 },
  });
  const checkpoint = sharedData("models/pt/yolov5n/yolov5n.pt");
  await models("add", checkpoint, "--name", "v5");
  for (const model of [checkpoint, "v5"]) {
    const { stdout, stderr } = await sensorium(
      "count",
      clip,
      "--model",
      model,
      "--line",
      "0.5,0,0.5,1",
      "--json",
      "--home",
      home,
    );
    expect({ stdout, stderr }).toEqual({ stdout: '{"in":0,"out":0,"crossings":[]}\n', stderr: "" });
  }
});
