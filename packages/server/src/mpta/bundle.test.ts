import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@sensorium/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveOf, bundleWith, type RawEntry, smallPipeline } from "./archives.fixture.ts";
import { inspectBundle, nameOf, openBundle } from "./bundle.ts";
import type { BundleLimits } from "./limits.ts";
import { lineOf, type Remark } from "./remark.ts";

let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
let cacheFolder: string;

beforeAll(async () => {
  temporary = await temporaryFolder();
  cacheFolder = join(temporary.path, "cache");
});
afterAll(() => temporary[Symbol.asyncDispose]());

interface Said {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

async function saidOf(source: string | Uint8Array, limits?: Partial<BundleLimits>): Promise<Said> {
  const inspected = await inspectBundle(source, { cacheFolder, ...(limits && { limits }) });
  const lines = (remarks: readonly Remark[]): string[] => remarks.map((remark) => lineOf(remark, nameOf(source)));
  return { problems: inspected.ok ? [] : lines(inspected.problems), warnings: lines(inspected.warnings) };
}

const withPipeline = (text: string | Uint8Array): Uint8Array =>
  archiveOf([
    { name: "pipeline.json", data: text },
    { name: "cars.onnx", data: "a model" },
  ]);

const inFolder = (folder: string): Uint8Array =>
  archiveOf([
    { name: `${folder}/`, mode: 0o040755 },
    { name: `${folder}/pipeline.json`, data: smallPipeline(), deflated: true },
    { name: `${folder}/cars.onnx`, data: "a model" },
  ]);

describe("a bundle", () => {
  it.each([
    ["flat", bundleWith()],
    ["in one folder", inFolder("forecourt")],
    [
      "in one folder beside what a Mac adds",
      archiveOf([
        { name: "__MACOSX/._pipeline.json" },
        { name: "f/pipeline.json", data: smallPipeline() },
        { name: "f/cars.onnx", data: "a model" },
        { name: "f/.DS_Store" },
      ]),
    ],
    ["with the archive's own folder as an entry", bundleWith({ name: "./", mode: 0o040755 })],
  ])("is opened: %s", async (_, archive) => {
    const { pipeline, models, warnings } = await openBundle(archive, { cacheFolder });
    expect(pipeline.pipeline).toMatchObject({ modelId: "cars", triggerClasses: ["car"] });
    expect([...models.keys()]).toEqual(["cars.onnx"]);
    expect(await readFile(models.get("cars.onnx") ?? "", "utf8")).toBe("a model");
    expect(warnings).toEqual([]);
  });

  it("is the same from a file as from memory, and extracted once", async () => {
    const path = join(temporary.path, "cars.mpta");
    await writeFile(path, inFolder("once"));
    const [one, other, third] = await Promise.all(
      [path, inFolder("once"), path].map((it) => openBundle(it, { cacheFolder })),
    );
    expect(one).toEqual(other);
    expect(third).toEqual(other);
    expect((await readdir(cacheFolder)).filter((name) => name.startsWith(one?.digest ?? ""))).toEqual([one?.digest]);
  });

  it("is extracted again when the cache has lost a part of it", async () => {
    const archive = inFolder("again");
    const model = (await openBundle(archive, { cacheFolder })).models.get("cars.onnx") ?? "";
    await truncate(model, 2);
    await openBundle(archive, { cacheFolder });
    expect(await readFile(model, "utf8")).toBe("a model");
  });

  it("may name its models with other slashes, one model several times", async () => {
    const branch = { modelId: "again", modelFile: "./m//cars.pt", triggerClasses: ["car"] };
    const data = smallPipeline({ modelFile: "m\\cars.pt", branches: [branch] });
    const archive = archiveOf([
      { name: "pipeline.json", data },
      { name: "m/cars.pt", data: "x" },
    ]);
    const { models } = await openBundle(archive, { cacheFolder });
    expect([...models.keys()]).toEqual(["m\\cars.pt", "./m//cars.pt"]);
    expect(new Set(models.values()).size).toBe(1);
  });

  it("is told apart from what is in it besides: programs and descriptions are named, and nothing is run", async () => {
    const extras = ["pre.py", "api/plates.json", "other.pt", "README.md", "manifest.json", "cars.names"];
    const { problems, warnings } = await saidOf(bundleWith(...extras.map((name) => ({ name, data: "{}" }))));
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      "pre.py: is a program; programs in bundles are never run",
      "api/plates.json: is not used: descriptions of other services are never followed",
      "other.pt: is a model that no node of the pipeline names",
      "manifest.json: is not used: its format is not sensorium-bundle/1",
    ]);
  });

  it("keeps its warnings when it is opened again", async () => {
    const archive = bundleWith({ name: "run.sh" });
    const first = await openBundle(archive, { cacheFolder });
    expect((await openBundle(archive, { cacheFolder })).warnings).toEqual(first.warnings);
    expect(first.warnings).toHaveLength(1);
  });
});

const whole = (message: string): string => `the bundle ${message}`;
const entry = (raw: RawEntry): Uint8Array => bundleWith(raw);

describe("an archive that could do harm", () => {
  it.each([
    [
      "a path out of it",
      entry({ name: "../../etc/cron.d/x" }),
      "has the entry ../../etc/cron.d/x, which leads out of the bundle",
    ],
    ["the same with backslashes", entry({ name: "..\\x.pt" }), "has the entry ../x.pt, which leads out of the bundle"],
    ["an absolute path", entry({ name: "/etc/passwd" }), "has the entry /etc/passwd, which is an absolute path"],
    ["a drive", entry({ name: "C:/x.pt" }), "has the entry C:/x.pt, which is an absolute path"],
    ["a folder out of it", entry({ name: "../", mode: 0o040755 }), "has the entry ../, which leads out of the bundle"],
    ["a symbolic link", entry({ name: "m.pt", data: "/etc/passwd", mode: 0o120777 }), "has the symbolic link m.pt"],
    ["a device", entry({ name: "null", mode: 0o020666 }), "has null, which is no ordinary file"],
    ["a name twice", entry({ name: "cars.onnx" }), "has cars.onnx twice"],
    ["a name twice in other letters", entry({ name: "CARS.onnx" }), "has CARS.onnx twice"],
    ["a file as a folder", entry({ name: "cars.onnx/x" }), "has cars.onnx both as a file and as a folder"],
    ["encryption", entry({ name: "x.pt", flags: 1, data: "0123456789ab", claimed: 0 }), "has x.pt, which is encrypted"],
    [
      "another compression",
      entry({ name: "x.pt", method: 14, data: "x" }),
      "has x.pt, which is compressed in a way that is not read (method 14)",
    ],
    [
      "a bomb",
      entry({ name: "x.pt", data: new Uint8Array(3e6), deflated: true }),
      "has x.pt, which becomes more than 200 times as large as it is",
    ],
    [
      "a bomb that denies it",
      entry({ name: "x.pt", data: new Uint8Array(3e6), deflated: true, claimed: 10 }),
      /^is damaged at x\.pt: /,
    ],
    ["a wrong checksum", entry({ name: "x.pt", data: "x", crc: 1 }), "is damaged at x.pt: its checksum is another"],
    [
      "too many entries",
      bundleWith(...Array.from({ length: 999 }, (_, i) => ({ name: `${i}` }))),
      "has 1001 files and folders; at most 1000 are read",
    ],
  ])("is refused: %s", async (_, archive, problem) => {
    const before = await readdir(cacheFolder).catch(() => []);
    const expected =
      typeof problem === "string" ? whole(problem) : expect.stringMatching(new RegExp(whole(problem.source.slice(1))));
    expect(await saidOf(archive)).toEqual({ problems: [expected], warnings: [] });
    expect(await readdir(cacheFolder).catch(() => [])).toEqual(before);
  });

  it.each([
    ["as a whole", { archiveBytes: 100 }, /^the bundle is \d+ bytes long; at most 100 are read$/],
    ["in one file", { entryBytes: 50 }, /^the bundle has pipeline\.json of \d+ bytes; at most 50 are read$/],
    ["in all files", { totalBytes: 60 }, /^the bundle holds \d+ bytes; at most 60 are read$/],
  ])("is refused when it is too large: %s", async (_, limits, problem) => {
    const { problems } = await saidOf(bundleWith({ name: "large" }), limits);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe("a bundle that is none", () => {
  it.each([
    ["nothing", new Uint8Array(), "the bundle is not a zip archive, or not all of one"],
    ["a text", Buffer.from("<html>404</html>".repeat(10)), "the bundle is not a zip archive, or not all of one"],
    ["half an archive", bundleWith().slice(0, 150), "the bundle is not a zip archive, or not all of one"],
    [
      "no pipeline",
      archiveOf([{ name: "cars.onnx", data: "a model" }]),
      "the bundle has no pipeline.json, nor one folder with it",
    ],
    [
      "a pipeline too far inside",
      archiveOf([{ name: "a/b/pipeline.json", data: smallPipeline() }]),
      "the bundle has no pipeline.json, nor one folder with it",
    ],
    [
      "two pipelines",
      archiveOf([{ name: "a/pipeline.json" }, { name: "b/pipeline.json" }]),
      "the bundle has several folders with pipeline.json: a, b",
    ],
    ["an empty pipeline", withPipeline(""), "pipeline.json: is not JSON"],
    [
      "a broken pipeline",
      withPipeline('{\n  "postgresql": {"password": "sesame" nonsense'),
      "pipeline.json: is not JSON (line 2 column 39)",
    ],
    [
      "a huge pipeline",
      withPipeline(" ".repeat(1024 * 1024 + 1)),
      "pipeline.json: is 1048577 bytes long; at most 1048576 are read",
    ],
    ["a list", withPipeline("[]"), "pipeline.json: must be a section of settings"],
    [
      "a model that is not there",
      withPipeline(smallPipeline({ modelFile: "car.onnx" })),
      "pipeline.json: pipeline.modelFile: is car.onnx, which is not in the bundle; there are cars.onnx",
    ],
    [
      "a model elsewhere",
      withPipeline(smallPipeline({ modelFile: "../cars.onnx" })),
      "pipeline.json: pipeline.modelFile: is ../cars.onnx, which leads out of the bundle",
    ],
    [
      "a model that is empty",
      archiveOf([{ name: "pipeline.json", data: smallPipeline() }, { name: "cars.onnx" }]),
      "pipeline.json: pipeline.modelFile: is cars.onnx, which is empty",
    ],
  ])("is refused: %s", async (_, archive, problem) => {
    expect((await saidOf(archive)).problems).toEqual([problem]);
  });

  it("is refused with 1000 levels of branches", async () => {
    const node = '{"modelId":"m","modelFile":"cars.onnx","triggerClasses":["car"],"branches":[';
    const text = `{"pipeline":${node.repeat(1000)}${"]}".repeat(1000)}}`;
    expect((await saidOf(withPipeline(text))).problems).toEqual([
      "pipeline.json: pipeline: is nested too deep: there may be 16 levels of branches",
    ]);
  });

  it.each([
    ["not there", "no.mpta", /^no\.mpta cannot be read: ENOENT/],
    ["a folder", ".", /is not a file$/],
  ])("is refused by its name: %s", async (_, name, problem) => {
    const { problems } = await saidOf(join(temporary.path, name));
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it("says everything at once to those who need it", async () => {
    const archive = withPipeline(smallPipeline({ modelId: 1, minConfidence: 2 }));
    await expect(openBundle(archive, { cacheFolder })).rejects.toMatchObject({
      code: "bundle-invalid",
      message:
        "pipeline.json: pipeline.modelId: must be a text\npipeline.json: pipeline.minConfidence: must be at most 1",
    });
  });

  it("is refused, never worse, whichever of its bytes are others", async () => {
    const good = inFolder("fuzz");
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const archive = Uint8Array.from(good);
        for (const [at, byte] of changes) archive[at] = byte;
        const inspected = await inspectBundle(archive, { cacheFolder });
        expect(inspected.ok || inspected.problems.length > 0).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
