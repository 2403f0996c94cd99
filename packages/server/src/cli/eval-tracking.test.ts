import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evalTracking } from "./eval-tracking.ts";

const info = "[Sequence]\nframeRate=30\nseqLength=20\nimWidth=640\nimHeight=480\n";
/** One person who walks to the right, in 20 frames. */
const truth = Array.from({ length: 20 }, (_, i) => `${i + 1},1,${10 * i},100,40,100,1,1,1`).join("\n");
const found = Array.from({ length: 20 }, (_, i) => `${i + 1},-1,${10 * i},100,40,100,0.9`).join("\n");
const complete = { "gt/gt.txt": truth, "det/det.txt": found, "seqinfo.ini": info };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorium-eval-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>, under = "."): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, under, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const script = `
  import(${JSON.stringify(new URL("./eval-tracking.ts", import.meta.url).href)})
    .then(({ evalTracking }) => evalTracking(process.argv[1], JSON.parse(process.argv[2])));
`;

/** What the command prints when it is run with these flags. */
async function printed(flags: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const args = ["-e", script, folder, JSON.stringify(flags)];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe("a tracker on a user's own sequences", () => {
  test("is measured: all of one person but the frame before the track is confirmed", async () => {
    await write(complete);
    const { tracker, all } = JSON.parse(await printed({ json: true }));
    expect(tracker).toBe("byte-track");
    expect(all).toMatchObject({ frames: 20, mota: 0.95, falseNegatives: 1, falsePositives: 0, switches: 0 });
    // The filter's boxes lag a little behind his, by more than the highest thresholds forgive.
    expect(all.hota).toBeGreaterThan(0.9);
    expect(all.hota).toBeLessThanOrEqual(0.95);
    expect(all.idf1).toBeCloseTo(19 / 19.5, 3);
  });

  test("is measured on each sequence of a folder, and on all", async () => {
    await write(complete, "b");
    await write({ ...complete, "det/det.txt": "" }, "a");
    await write({ "notes.txt": "not a sequence" });
    const { sequences, all } = JSON.parse(await printed({ json: true, tracker: "oc-sort" }));
    expect(sequences.map(({ name, mota }: { name: string; mota: number }) => [name, mota])).toEqual([
      ["a", 0],
      ["b", 0.95],
    ]);
    expect(all).toMatchObject({ frames: 40, mota: 0.475 });
  });

  test("is printed as a table with a row for each", async () => {
    await write(complete, "b");
    await write(complete, "a");
    const lines = (await printed({ tracker: "sort" })).trimEnd().split("\n");
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2))).toEqual([
      ["sort", "HOTA"],
      ["a", expect.stringMatching(/^9\d\.\d$/)],
      ["b", expect.stringMatching(/^9\d\.\d$/)],
      ["all", expect.stringMatching(/^9\d\.\d$/)],
    ]);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  test("sees only what its thresholds let through", async () => {
    await write(complete);
    const { all } = JSON.parse(await printed({ json: true, thresholds: "0.1,0.95,0.95" }));
    expect(all).toMatchObject({ mota: 0, falseNegatives: 20 });
  });
});

describe("what cannot be measured is said in a sentence", () => {
  test.each<{ name: string; files?: Record<string, string | undefined>; flags?: object; says: string }>([
    { name: "no truth", files: { "gt/gt.txt": undefined }, says: "nor a folder in it has gt/gt.txt" },
    { name: "no detections", files: { "det/det.txt": undefined }, says: "det/det.txt is missing" },
    { name: "no seqinfo.ini", files: { "seqinfo.ini": undefined }, says: "seqinfo.ini is missing" },
    {
      name: "a malformed line",
      files: { "det/det.txt": `${found}\n3,-1,oops` },
      says: "det/det.txt line 21: not seven or more numbers",
    },
    {
      name: "nobody evaluated",
      files: { "gt/gt.txt": "1,1,0,0,9,9,0,1,1" },
      says: "gt/gt.txt holds nobody to evaluate",
    },
    {
      name: "no frame rate",
      files: { "seqinfo.ini": info.replace("frameRate=30", "frameRate=?") },
      says: "seqinfo.ini does not say frameRate",
    },
    {
      name: "an unknown tracker",
      flags: { tracker: "deep" },
      says: "--tracker is one of byte-track, sort, oc-sort, not deep",
    },
    { name: "two thresholds", flags: { thresholds: "0.1,0.5" }, says: "--thresholds is three numbers" },
    { name: "thresholds out of order", flags: { thresholds: "0.9,0.5,0.6" }, says: "low ≤ high ≤ start" },
  ])("$name", async ({ files, flags = {}, says }) => {
    const all = Object.entries({ ...complete, ...files });
    await write(Object.fromEntries(all.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))));
    await expect(evalTracking(folder, { ...flags })).rejects.toMatchObject({ message: expect.stringContaining(says) });
  });

  test("a folder that is not there", async () => {
    await expect(evalTracking(join(folder, "nowhere"), {})).rejects.toMatchObject({
      code: "source-invalid",
      message: expect.stringContaining("nowhere is not a folder"),
    });
  });
});
