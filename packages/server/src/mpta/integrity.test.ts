import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "@sensorium/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { archiveOf, smallPipeline } from "./archives.fixture.ts";
import { type BundleOptions, inspectBundle, openBundle } from "./bundle.ts";
import { fingerprintOf, readPublicKey } from "./integrity.ts";
import { packBundle, readPrivateKey } from "./pack.ts";
import { lineOf } from "./remark.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const another = generateKeyPairSync("ed25519").publicKey;

let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
let cacheFolder: string;
let folder: string;
let out: string;

beforeAll(async () => {
  temporary = await temporaryFolder();
  cacheFolder = join(temporary.path, "cache");
  out = join(temporary.path, "forecourt.mpta");
});
afterAll(() => temporary[Symbol.asyncDispose]());

beforeEach(async () => {
  folder = join(temporary.path, "forecourt");
  await rm(folder, { recursive: true, force: true });
  await put({ "pipeline.json": smallPipeline({ modelFile: "models/cars.onnx" }), "models/cars.onnx": "a model" });
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const selfTest = { picture: "car.jpg", expect: { classes: ["car"], branches: {} } };
const draft = (more: object = {}): string =>
  JSON.stringify({ format: "sensorium-bundle/1", name: "Forecourt", licence: "MIT", ...more });

/** The files of a packed bundle, for changing some. */
async function unpacked(): Promise<Map<string, Buffer>> {
  const { files } = await openBundle(out, { cacheFolder });
  const names = [...files.files.keys()];
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(files.folder, name))] as const)),
  );
}

async function problemsOf(files: ReadonlyMap<string, Buffer>, options: Partial<BundleOptions> = {}): Promise<string[]> {
  const archive = archiveOf([...files].map(([name, data]) => ({ name, data })));
  const inspected = await inspectBundle(archive, { cacheFolder, ...options });
  return inspected.ok ? [] : inspected.problems.map((problem) => lineOf(problem, "the bundle"));
}

describe("packing a folder", () => {
  it("gives a bundle that lists all its files", async () => {
    const { digest } = await packBundle(folder, { out, licence: "Apache-2.0" });
    const bundle = await openBundle(out, { cacheFolder });
    expect(bundle.digest).toBe(digest);
    expect(bundle.manifest).toEqual({
      format: "sensorium-bundle/1",
      licence: "Apache-2.0",
      files: Object.fromEntries([...bundle.files.files].filter(([name]) => name !== "manifest.json")),
    });
    expect(bundle.warnings).toEqual([]);
  });

  it("gives the same bytes whenever it is done", async () => {
    await packBundle(folder, { out, key: privateKey });
    const first = await readFile(out);
    await utimes(join(folder, "models/cars.onnx"), 1e9, 1e9);
    await packBundle(folder, { out, key: privateKey });
    expect((await readFile(out)).equals(first)).toBe(true);
  });

  it("keeps what the folder's manifest says, with fresh checksums, and leaves out what systems add", async () => {
    await put({
      "manifest.json": draft({ selfTest, files: {} }),
      "car.jpg": "a picture",
      ".DS_Store": "",
      "a.pt": "old",
    });
    await packBundle(folder, { out });
    const { manifest, files } = await openBundle(out, { cacheFolder });
    expect(manifest).toMatchObject({ name: "Forecourt", licence: "MIT", selfTest });
    expect([...files.files.keys()].sort()).toEqual([
      "a.pt",
      "car.jpg",
      "manifest.json",
      "models/cars.onnx",
      "pipeline.json",
    ]);
  });

  it("may write into the folder itself, again and again", async () => {
    const inside = join(folder, "x.mpta");
    await packBundle(folder, { out: inside });
    const first = await readFile(inside);
    await packBundle(folder, { out: inside });
    expect((await readFile(inside)).equals(first)).toBe(true);
  });

  it.each([
    ["a pipeline that is no good", { "pipeline.json": "{}" }, "pipeline.json: pipeline: is missing"],
    [
      "a manifest of somebody else",
      { "manifest.json": "{}" },
      "manifest.json is of another format than sensorium-bundle/1, and a bundle has its own under that name",
    ],
    [
      "a manifest that is no good",
      { "manifest.json": draft({ licence: 7 }) },
      "manifest.json: licence: must be a text",
    ],
    [
      "a self-test without its picture",
      { "manifest.json": draft({ selfTest }) },
      "manifest.json: selfTest.picture: is car.jpg, which is not in the bundle",
    ],
    [
      "a self-test of another model",
      {
        "car.jpg": "x",
        "manifest.json": draft({ selfTest: { picture: "car.jpg", expect: { branches: { trucks: "big" } } } }),
      },
      "manifest.json: selfTest.expect.branches.trucks: is not a model of the pipeline; there are cars",
    ],
  ])("is refused with %s, and what was there stays", async (_, files, message) => {
    await writeFile(out, "what was there");
    await put(files as Record<string, string>);
    await expect(packBundle(folder, { out })).rejects.toMatchObject({ code: "bundle-invalid", message });
    expect(await readFile(out, "utf8")).toBe("what was there");
  });

  it("says where it cannot write", async () => {
    const nowhere = join(temporary.path, "none", "x.mpta");
    await expect(packBundle(folder, { out: nowhere })).rejects.toMatchObject({ code: "store-failed" });
  });

  it("is refused with a link in the folder", async () => {
    await symlink("/etc/passwd", join(folder, "link.txt"));
    await expect(packBundle(folder, { out })).rejects.toThrow("forecourt has link.txt, which is no ordinary file");
  });

  it("is refused without a folder", async () => {
    await expect(packBundle(join(folder, "none"), { out })).rejects.toThrow(/^none cannot be read: ENOENT/);
  });
});

describe("a bundle with a manifest", () => {
  beforeEach(async () => {
    await packBundle(folder, { out, key: privateKey });
  });

  it.each<[string, (files: Map<string, Buffer>) => unknown, string]>([
    [
      "another model",
      (files) => files.set("models/cars.onnx", Buffer.from("b model")),
      "models/cars.onnx: is not the file that manifest.json lists: its checksum is another",
    ],
    ["a file more", (files) => files.set("more.txt", Buffer.from("x")), "more.txt: is not listed in manifest.json"],
  ])("is refused with %s", async (_, change, problem) => {
    const files = await unpacked();
    change(files);
    expect(await problemsOf(files)).toEqual([problem]);
  });

  it("is refused without one of its files", async () => {
    const files = await unpacked();
    files.delete("models/cars.onnx");
    expect(await problemsOf(files)).toContain("models/cars.onnx: is missing, and manifest.json lists it");
  });

  it("says who has signed it", async () => {
    const bundle = await openBundle(out, { cacheFolder, keys: [another, publicKey], requireSignature: true });
    expect(bundle.signedBy).toBe(fingerprintOf(publicKey));
  });

  it("is refused when the signature is by nobody who counts", async () => {
    const files = await unpacked();
    expect(await problemsOf(files, { keys: [another] })).toEqual([
      "manifest.json.sig: is not by any of the configured keys",
    ]);
    files.set("manifest.json.sig", Buffer.from("nonsense"));
    expect(await problemsOf(files, { keys: [publicKey] })).toEqual([
      "manifest.json.sig: is not by any of the configured keys",
    ]);
  });

  it("is refused when the manifest was changed after signing", async () => {
    const files = await unpacked();
    files.set("manifest.json", Buffer.from(String(files.get("manifest.json")).replace("{", '{ "licence": "MIT",')));
    expect(await problemsOf(files)).toEqual([]);
    expect(await problemsOf(files, { keys: [publicKey] })).toEqual([
      "manifest.json.sig: is not by any of the configured keys",
    ]);
  });

  it("cannot have its signature without its manifest", async () => {
    const files = await unpacked();
    files.set("manifest.json", Buffer.from("{}"));
    expect(await problemsOf(files, { keys: [publicKey] })).toEqual([
      "manifest.json.sig: signs nothing: there is no usable manifest.json",
    ]);
  });

  it("runs unsigned where that is allowed, and nowhere else", async () => {
    const files = await unpacked();
    files.delete("manifest.json.sig");
    expect(await problemsOf(files, { keys: [publicKey] })).toEqual([]);
    expect(await problemsOf(files, { keys: [publicKey], requireSignature: true })).toEqual([
      "manifest.json.sig: is missing: only signed bundles are used here",
    ]);
  });

  it("warns when there is nothing to check its signature with", async () => {
    const { warnings } = await openBundle(out, { cacheFolder });
    expect(warnings).toEqual([{ where: "manifest.json.sig", message: "is not checked: no public key is configured" }]);
  });
});

describe("a key", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });

  it("is read from PEM", () => {
    const pem = publicKey.export({ type: "spki", format: "pem" });
    expect(fingerprintOf(readPublicKey(pem))).toBe(fingerprintOf(publicKey));
    expect(readPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })).asymmetricKeyType).toBe("ed25519");
  });

  it("is refused when it is another kind, or none", () => {
    expect(() => readPublicKey(rsa.publicKey.export({ type: "spki", format: "pem" }))).toThrow(
      "not an Ed25519 key but rsa",
    );
    expect(() => readPrivateKey(rsa.privateKey.export({ type: "pkcs8", format: "pem" }))).toThrow(
      "not an Ed25519 key but rsa",
    );
    expect(() => readPublicKey("x")).toThrow("the public key cannot be read");
    expect(() => readPrivateKey("x")).toThrow("the private key cannot be read");
  });
});
