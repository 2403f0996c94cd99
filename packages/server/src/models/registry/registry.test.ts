import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findModel } from "../catalogue.ts";
import { findPrepared } from "../find-prepared.ts";
import { prepareApart } from "../prepare-apart.ts";
import { hash } from "../prepared.ts";
import { tinyOnnx } from "../tiny-onnx.fixture.ts";
import { type AddOptions, addModel } from "./add.ts";
import { serveFile } from "./file-server.fixture.ts";
import { KNOWN_MODELS } from "./known.ts";
import { addedFolder, findRegistered, type RegisteredModel, registeredNames } from "./records.ts";
import { removeModel } from "./remove.ts";
import { verifyModel } from "./verify.ts";

let home: string;
let models: string;
let tiny: string;
let template: string;
let added: RegisteredModel;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "sensorium-registered-"));
  const from = join(template, "Tiny_One.onnx");
  await writeFile(from, tinyOnnx());
  added = await addModel({ from, models: join(template, "models") });
});
afterAll(() => rm(template, { recursive: true }));
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "sensorium-registry-"));
  models = join(home, "models");
  tiny = join(home, "Tiny_One.onnx");
  await writeFile(tiny, tinyOnnx());
});
afterEach(() => rm(home, { recursive: true }));

/** `addModel` of the tiny model, which was done once: what it made is put into this test's folder. */
async function addTiny(): Promise<{ readonly id: string; readonly folder: string }> {
  await cp(join(template, "models"), models, { recursive: true });
  return { id: added.id, folder: join(addedFolder(models), added.id) };
}

/** `addModel` in a process of its own, and what it printed; null when it was killed. */
function addElsewhere(options: Partial<AddOptions>) {
  const script = fileURLToPath(new URL("./add-and-say.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify({ from: tiny, models, ...options })]);
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  const said = once(child, "close").then(() =>
    printed === "" ? null : (JSON.parse(printed) as { id?: string; refused?: string }),
  );
  return { child, said };
}

/** Everything in the folder of models that is there for good, as `folder/name`. */
const kept = async (): Promise<string[]> => {
  const folders = ["added", "names", "downloads"];
  const inside = folders.map(async (folder) =>
    (await readdir(join(models, folder)).catch(() => [])).map((it) => `${folder}/${it}`),
  );
  return (await Promise.all(inside)).flat();
};

describe("a model that is added", () => {
  it("is found by its name, ready to run, with everything that is known of it", async () => {
    const added = await addModel({ from: tiny, models, given: { classes: ["fork-lift"], licence: "MIT" } });
    expect(registeredNames(models)).toEqual(["tiny_one"]);
    const { record } = findRegistered(models, "tiny_one") ?? {};
    expect(record).toEqual(added.record);
    expect(record).toMatchObject({
      manifest: {
        name: "tiny_one",
        task: "detect",
        family: "yolox",
        classes: ["fork-lift"],
        licence: "MIT",
        source: "Tiny_One.onnx",
      },
      sha256: { "Tiny_One.onnx": hash([tinyOnnx()]) },
      selfTests: [{ picture: null, expected: [{ name: "output", shape: [1, 21, 6] }] }],
    });
    const prepared = await findPrepared(findModel("tiny_one", models), models);
    expect(prepared?.manifest).toEqual(record?.manifest);
  });

  it("lies in a folder named by the hash of its record", async () => {
    const { id, folder } = await addTiny();
    expect(hash([await readFile(join(folder, "manifest.json"))])).toBe(id);
    expect(await kept()).toEqual([`added/${id}`, "names/tiny_one"]);
  });

  it("is the same when it is added again", async () => {
    const first = await addTiny();
    expect((await addModel({ from: tiny, models })).id).toBe(first.id);
    expect(await kept()).toEqual([`added/${first.id}`, "names/tiny_one"]);
  });

  it("does not take the name of another one", async () => {
    const { id } = await addTiny();
    const other = addModel({ from: tiny, models, given: { licence: "MIT" } });
    await expect(other).rejects.toThrow("another model is called tiny_one: give this one another --name");
    expect(findRegistered(models, "tiny_one")?.id).toBe(id);
  });

  it("may be gone again, with all that was made of it", async () => {
    await addTiny();
    await removeModel(models, "tiny_one");
    expect(await kept()).toEqual([]);
    expect((await readdir(models)).sort()).toEqual(["added", "names"]);
    expect(() => findModel("tiny_one", models)).toThrow("nor was one added under that name");
    await expect(removeModel(models, "tiny_one")).rejects.toThrow("no model was added under that name");
    await expect(removeModel(models, "centernet")).rejects.toThrow("it comes with the installation");
  });

  it("is fetched and checked", async () => {
    await using server = await serveFile({ content: tinyOnnx(), cuts: [100] });
    const { record } = await addModel({ from: server.address, models, sha256: hash([tinyOnnx()]), name: "from-afar" });
    expect(record.manifest).toMatchObject({ name: "from-afar", source: server.address });
    expect(await readdir(join(models, "downloads"))).toEqual([]);
  });

  it.each<[string, Partial<AddOptions>, string]>([
    ["with a name that is no file's", { name: "../up" }, 'a model cannot be called "../up"'],
    ["with the name of a bundled one", { name: "centernet" }, "it is the name of a bundled model"],
    ["with another checksum", { sha256: "0".repeat(64) }, "is not the file that it should be: its SHA-256 is"],
    ["with a picture that is not there", { picture: "/nowhere.jpg" }, "the picture nowhere.jpg cannot be read"],
    ["with class names that are not as many", { given: { classes: ["a", "b"] } }, "2 class names are given"],
    ["that is a text", { from: "README.md" }, "README.md is neither an .onnx nor a .pt file"],
    ["that is not there", { from: "nowhere.onnx" }, "the model file nowhere.onnx cannot be read"],
  ])("%s is refused, and nothing of it is kept", async (_, options, sentence) => {
    await expect(addModel({ from: tiny, models, ...options })).rejects.toThrow(sentence);
    expect(await kept()).toEqual([]);
  });

  it.each<["hangs" | "gives NaN", string]>([
    ["hangs", "the model bad.onnx is not ready within 4 s: it was stopped"],
    ["gives NaN", "the model bad.onnx cannot be used: its output output holds what is not a number"],
  ])("and %s in its first run is refused, and nothing of it is kept", async (deed, sentence) => {
    const from = join(home, "bad.onnx");
    await writeFile(from, tinyOnnx(deed));
    const limits = { timeoutMs: 4000, memoryBytes: 2 ** 31 };
    await expect(addModel({ from, models, limits })).rejects.toThrow(sentence);
    expect(await kept()).toEqual([]);
  });
});

describe("two processes", () => {
  it("that add the same model at once both have it", async () => {
    const [one, other] = [addElsewhere({}), addElsewhere({})];
    const [first, second] = [await one.said, await other.said];
    expect(first?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toEqual(first);
    expect(await kept()).toEqual([`added/${first?.id}`, "names/tiny_one"]);
  });

  it("that add different models under one name at once do not both get it", async () => {
    const [one, other] = [addElsewhere({ given: { licence: "one" } }), addElsewhere({ given: { licence: "other" } })];
    const said = [await one.said, await other.said];
    expect(said.filter((it) => it?.id)).toHaveLength(1);
    expect(said.filter((it) => it?.refused?.startsWith("another model is called tiny_one"))).toHaveLength(1);
    expect(findRegistered(models, "tiny_one")?.id).toBe(said.find((it) => it?.id)?.id);
  });

  it("of which one is killed at any moment leave the model whole or not at all", async () => {
    const undisturbed = performance.now();
    const { id } = (await addElsewhere({}).said) ?? {};
    const took = performance.now() - undisturbed;
    for (const part of [0.6, 0.9]) {
      await rm(models, { recursive: true });
      const { child, said } = addElsewhere({});
      const killing = setTimeout(() => child.kill("SIGKILL"), part * took);
      await said;
      clearTimeout(killing);
      const found = findRegistered(models, "tiny_one");
      if (found) expect(found.id).toBe(id);
      if (found) expect((await verifyModel(models, "tiny_one")).problem).toBeNull();
      // What it left goes with the next one.
      await addModel({ from: tiny, models });
      expect(await kept()).toEqual([`added/${id}`, "names/tiny_one"]);
    }
  });
});

describe("verifying", () => {
  it("finds nothing wrong with a model that is as it was added", async () => {
    await addTiny();
    expect(await verifyModel(models, "tiny_one")).toEqual({ name: "tiny_one", problem: null });
  });

  it.each<[string, (folder: string) => Promise<void>, string]>([
    [
      "a file that was changed",
      (folder) => writeFile(join(folder, "Tiny_One.onnx"), tinyOnnx("gives NaN")),
      "its file Tiny_One.onnx was changed: its SHA-256 is",
    ],
    ["a file that is gone", (folder) => rm(join(folder, "Tiny_One.onnx")), "its file Tiny_One.onnx is missing"],
    [
      "a record that was changed",
      async (folder) => {
        const path = join(folder, "manifest.json");
        await writeFile(path, (await readFile(path, "utf8")).replace("class 0", "unicorn"));
      },
      "the record of the model tiny_one is damaged",
    ],
  ])("finds %s", async (_, damage, sentence) => {
    const { folder } = await addTiny();
    await damage(folder);
    expect((await verifyModel(models, "tiny_one")).problem).toContain(sentence);
    await removeModel(models, "tiny_one");
    await addModel({ from: tiny, models });
    expect((await verifyModel(models, "tiny_one")).problem).toBeNull();
  });

  it("finds a model that gives something else than it gave", async () => {
    const { id } = await addTiny();
    // As if the runtime had changed: the record is consistent, and expects other values.
    const old = join(addedFolder(models), id);
    const record = JSON.parse(await readFile(join(old, "manifest.json"), "utf8"));
    record.selfTests[0].expected[0].mean += 1;
    const text = JSON.stringify(record);
    await writeFile(join(old, "manifest.json"), text);
    await rename(old, join(addedFolder(models), hash([text])));
    await writeFile(join(models, "names", "tiny_one"), hash([text]));
    expect((await verifyModel(models, "tiny_one")).problem).toMatch(
      /^it gives something else on the test pattern than when it was added: the mean of the output output is/,
    );
  });
});

describe.skipIf(!hasSharedData)("the models that can be fetched by name", () => {
  const FILES: Readonly<Record<string, string>> = {
    "nanodet-plus-m": "models/detect/nanodet_m.onnx",
    fastestdet: "models/detect/FastestDet.onnx",
    yolov5n: "models/pt/yolov5n/yolov5n.pt",
    yunet: "models/face/face_detection_yunet_2026may.onnx",
  };

  it.each(KNOWN_MODELS)("$name is the file that the tests know, and runs", async ({ name, sha256, bytes, task }) => {
    const from = sharedData(FILES[name] ?? name);
    const { record } = await addModel({ from, models, name, sha256 });
    expect(record).toMatchObject({ bytes, manifest: { name, task } });
  });
});

it.skipIf(!hasSharedData)(
  "a picture of the user's is run when a model is added and whenever it is verified",
  async () => {
    const from = sharedData("models/detect/yolox_nano.onnx");
    const picture = sharedData("images/ultralytics/bus.jpg");
    const { folder, record } = await addModel({ from, models, picture });
    expect(record.selfTests.map((it) => it.picture)).toEqual([null, "self-test.jpg"]);
    expect(record.selfTests[1]?.expected).not.toEqual(record.selfTests[0]?.expected);
    expect((await verifyModel(models, "yolox_nano")).problem).toBeNull();
    await writeFile(join(folder, "self-test.jpg"), await readFile(sharedData("images/ultralytics/zidane.jpg")));
    expect((await verifyModel(models, "yolox_nano")).problem).toContain("its file self-test.jpg was changed");
  },
);

it("preparing what was added makes nothing anew", async () => {
  await addTiny();
  const before = await readdir(models);
  await prepareApart(findModel("tiny_one", models), models);
  expect(await readdir(models)).toEqual(before);
});
