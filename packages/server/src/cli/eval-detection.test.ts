import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorium-eval-"));
  await mkdir(join(folder, "annotations"));
  await mkdir(join(folder, "images"));
  await sharp({ create: { width: 64, height: 48, channels: 3, background: "grey" } })
    .jpeg()
    .toFile(join(folder, "images/grey.jpg"));
  const set = {
    images: [{ id: 1, file_name: "grey.jpg", width: 64, height: 48 }],
    annotations: [{ image_id: 1, category_id: 1, bbox: [0, 0, 10, 10] }],
    categories: [
      { id: 1, name: "person" },
      { id: 2, name: "car" },
      { id: 3, name: "unicorn" },
    ],
  };
  await writeFile(join(folder, "annotations/grey.json"), JSON.stringify(set));
});
afterAll(() => rm(folder, { recursive: true }));

const script = `
  import(${JSON.stringify(new URL("./eval-detection.ts", import.meta.url).href)})
    .then(({ evalDetection }) => evalDetection(process.argv[1], JSON.parse(process.argv[2])));
`;

/** What the command prints when it is run with these flags. */
async function printed(flags: Readonly<Record<string, unknown>>): Promise<string> {
  const args = ["-e", script, folder, JSON.stringify({ home: join(folder, "home"), ...flags })];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe("eval detection", () => {
  it("prints a line for everything and one for each class that was asked for", async () => {
    const text = await printed({ class: ["person", "car"] });
    expect(text.split("\n")).toEqual([
      expect.stringMatching(/^centernet on 1 pictures, \d+\.\d ms each$/),
      "                 AP   AP50",
      "all classes   0.000  0.000",
      "person        0.000  0.000   1 object",
      "car               –      –   0 objects",
      "left out, because the model does not know them: unicorn",
      "",
    ]);
  });

  it("prints one line of JSON", async () => {
    expect(JSON.parse(await printed({ class: ["car"], json: true }))).toEqual({
      model: "centernet",
      pictures: 1,
      ap: 0,
      ap50: 0,
      inferenceMs: expect.any(Number),
      classes: [{ name: "car", objects: 0, ap: null, ap50: null }],
      unknown: ["unicorn"],
    });
  });

  it("refuses a class that nobody labelled", async () => {
    await expect(printed({ class: ["cat"] })).rejects.toThrow('has no class "cat"');
  });
});
