import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCoco } from "./coco.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorium-coco-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes files under the folder; what is no text is written as JSON. */
async function write(files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
}

const picture = { id: 7, file_name: "a.jpg", width: 640, height: 480 };
const set = {
  images: [picture],
  annotations: [
    { image_id: 7, category_id: 18, bbox: [10, 20, 30, 40], iscrowd: 0 },
    { image_id: 7, category_id: 3, bbox: [1.5, 2.5, 3, 4], iscrowd: 1 },
  ],
  categories: [
    { id: 3, name: "car" },
    { id: 18, name: "dog" },
  ],
};

describe("a folder of labelled pictures", () => {
  it("gives each picture its boxes, their classes numbered in order", async () => {
    await write({ "annotations/instances_val.json": set, "val/a.jpg": "" });
    expect(await readCoco(folder)).toEqual({
      classes: ["car", "dog"],
      pictures: [
        {
          path: join(folder, "val/a.jpg"),
          size: { width: 640, height: 480 },
          truth: {
            count: 2,
            boxes: Float32Array.of(10, 20, 40, 60, 1.5, 2.5, 4.5, 6.5),
            classes: Uint16Array.of(1, 0),
            crowds: Uint8Array.of(0, 1),
          },
        },
      ],
    });
  });

  it.each(["val/a.jpg", "images/val/a.jpg", "images/a.jpg"])("may keep its pictures as %s", async (path) => {
    await write({ "annotations/instances_val.json": set, [path]: "" });
    expect((await readCoco(folder)).pictures[0]?.path).toBe(join(folder, path));
  });

  it("is the first set whose pictures are there, or the one that is named", async () => {
    const other = { ...set, categories: [...set.categories, { id: 99, name: "cat" }] };
    await write({
      "annotations/instances_a.json": set,
      "annotations/instances_b.json": set,
      "annotations/instances_c.json": other,
      "b/a.jpg": "",
      "c/a.jpg": "",
    });
    expect((await readCoco(folder)).classes).toHaveLength(2);
    expect((await readCoco(folder, join(folder, "annotations/instances_c.json"))).classes).toHaveLength(3);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["no annotations", { "val/a.jpg": "" }, "has no folder annotations"],
    ["no pictures", { "annotations/instances_val.json": set }, "has no annotations with their pictures"],
    ["text instead of JSON", { "annotations/a_val.json": "hello" }, "a_val.json cannot be read"],
    [
      "captions instead of boxes",
      { "annotations/a_val.json": { images: [] } },
      "a_val.json holds no COCO boxes: annotations",
    ],
    [
      "a box without a size",
      { "annotations/a_val.json": { ...set, annotations: [{ image_id: 7, category_id: 3, bbox: [0, 0, -1, 5] }] } },
      "a_val.json holds no COCO boxes: annotations.0.bbox.2",
    ],
    [
      "a box of no picture",
      {
        "annotations/a_val.json": { ...set, annotations: [{ image_id: 8, category_id: 3, bbox: [0, 0, 1, 5] }] },
        "val/a.jpg": "",
      },
      "a box of an unknown picture 8 or category 3",
    ],
    [
      "a picture elsewhere",
      {
        "annotations/a_val.json": { ...set, images: [picture, { ...picture, id: 8, file_name: "../../secret.jpg" }] },
        "val/a.jpg": "",
      },
      "the picture ../../secret.jpg lies outside",
    ],
  ])("is refused with %s", async (_, files, sentence) => {
    await write(files);
    await expect(readCoco(folder)).rejects.toThrow(sentence);
  });
});
