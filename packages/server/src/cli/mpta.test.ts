import { generateKeyPairSync } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasSharedData, temporaryFolder, temporaryHome } from "@sensorium/testkit";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWith, smallPipeline } from "../mpta/archives.fixture.ts";
import { carPicture, forecourtPipeline, putForecourt } from "../mpta/run/forecourt.fixture.ts";
import { registerMpta } from "./mpta.ts";

let temporary: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(temporary.path, name);

beforeAll(async () => {
  temporary = await temporaryFolder();
  await writeFile(at("good.mpta"), bundleWith({ name: "hook.py" }));
  await writeFile(at("pipeline.json"), smallPipeline());
  await writeFile(at("cars.onnx"), "a model");
});
afterAll(() => temporary[Symbol.asyncDispose]());

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number | string | undefined;
}

/** Runs the command in this process and catches what it writes. */
async function run(...args: readonly string[]): Promise<Ran> {
  const program = new Command("sensorium").exitOverride();
  registerMpta(program);
  const written = { out: "", err: "" };
  const streams = [
    [process.stdout, "out"],
    [process.stderr, "err"],
  ] as const;
  const restore = streams.map(([stream, name]) => {
    const { write } = stream;
    stream.write = (chunk: string | Uint8Array) => {
      written[name] += chunk;
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  process.exitCode = undefined;
  try {
    await program.parseAsync(["mpta", ...args], { from: "user" });
    return { ...written, code: process.exitCode };
  } finally {
    process.exitCode = undefined;
    for (const back of restore) back();
  }
}

describe("sensorium mpta validate", () => {
  it("says that a bundle can be used, and what is odd in it", async () => {
    expect(await run("validate", at("good.mpta"))).toEqual({
      out: "good.mpta can be used: 1 model, 1 warning\n",
      err: "warning: hook.py: is a program; programs in bundles are never run\n",
      code: undefined,
    });
  });

  it("says all that is wrong, and ends with 1", async () => {
    await writeFile(at("bad.mpta"), bundleWith({ name: "../x" }));
    expect(await run("validate", at("bad.mpta"))).toEqual({
      out: "",
      err: "error: bad.mpta has the entry ../x, which leads out of the bundle\n",
      code: 1,
    });
  });

  it("looks at the folder of a bundle, too", async () => {
    const { out, code } = await run("validate", temporary.path);
    expect(out).toMatch(/ can be used: 1 model, /);
    expect(code).toBeUndefined();
  });

  it("says it as JSON", async () => {
    const { out } = await run("validate", at("good.mpta"), "--json");
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      models: ["cars.onnx"],
      problems: [],
      warnings: [{ where: "hook.py" }],
    });
    const bad = await run("validate", at("none.mpta"), "--json");
    expect(JSON.parse(bad.out)).toMatchObject({ ok: false, problems: [{ where: "" }] });
    expect(bad.code).toBe(1);
  });

  it("leaves nothing behind", async () => {
    const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("sensorium-mpta-"));
    const before = await left();
    await run("validate", at("good.mpta"));
    expect(await left()).toEqual(before);
  });
});

describe("sensorium mpta explain", () => {
  it("draws the pipeline", async () => {
    expect((await run("explain", at("good.mpta"))).out).toBe("cars (cars.onnx)\n└─ looks for car from 0.5\n");
    expect((await run("explain", at("good.mpta"), "--mermaid")).out).toMatch(/^flowchart TD\n/);
  });

  it("says what is wrong with a bundle that cannot be used", async () => {
    await writeFile(at("text.mpta"), "x");
    await expect(run("explain", at("text.mpta"))).rejects.toThrow("text.mpta is not a zip archive, or not all of one");
  });
});

describe("sensorium mpta pack", () => {
  it("makes a signed bundle that validate accepts with the key", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await writeFile(at("private.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await writeFile(at("public.pem"), publicKey.export({ type: "spki", format: "pem" }));
    await using source = await temporaryFolder();
    for (const name of ["pipeline.json", "cars.onnx"])
      await writeFile(join(source.path, name), await readFile(at(name)));
    const packed = await run(
      "pack",
      source.path,
      "--output",
      at("out.mpta"),
      "--licence",
      "MIT",
      "--sign",
      at("private.pem"),
    );
    expect(packed.out).toMatch(/out\.mpta: \d+ bytes, SHA-256 [0-9a-f]{64}, signed\n$/);
    const checked = await run("validate", at("out.mpta"), "--key", at("public.pem"), "--require-signature");
    expect(checked.out).toMatch(/^out\.mpta can be used: 1 model, 0 warnings, licence MIT, signed by [0-9a-f]{64}\n$/);
  });

  it("says which key cannot be read", async () => {
    await expect(run("pack", temporary.path, "--sign", at("none.pem"))).rejects.toThrow(
      /^the key .*none\.pem cannot be read: ENOENT/,
    );
  });
});

describe.skipIf(!hasSharedData)("a bundle with real models", () => {
  const bundle = (): string => at("forecourt");
  let state: Awaited<ReturnType<typeof temporaryHome>>;
  const home = (): string[] => ["--home", state.path, "--threads", "1"];
  const picture = carPicture("000000000247");

  beforeAll(async () => {
    state = await temporaryHome();
    const pipeline = forecourtPipeline({}, { redis: { host: "127.0.0.1", port: 6379 } });
    await putForecourt(bundle(), pipeline);
    await writeFile(join(bundle(), "car.jpg"), await readFile(picture));
  });

  afterAll(() => state[Symbol.asyncDispose]());

  const putManifest = (expect: object): Promise<void> => {
    const manifest = { format: "sensorium-bundle/1", selfTest: { picture: "car.jpg", expect } };
    return writeFile(join(bundle(), "manifest.json"), JSON.stringify(manifest));
  };

  it("is run on a picture, which is drawn on", async () => {
    const { out } = await run("run", bundle(), picture, "--output", at("annotated.jpg"), ...home());
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      frame: 1,
      detection: { carBrand: "Lamborghini", bodyType: "cars", carYear: null },
      found: [{ class: "car" }],
      branches: { car_brand_cls_v1: { class: "Lamborghini" } },
      stop: null,
      session: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actions: [
        { type: "redis_save_image", key: expect.stringMatching(/^inference:display:.*\.jpg$/) },
        { type: "redis_publish", channel: "car_detections", message: '{"event":"frontal_detected"}' },
      ],
      failures: [],
    });
    const { default: sharp } = await import("sharp");
    expect(await sharp(at("annotated.jpg")).metadata()).toMatchObject({ format: "jpeg", width: 640 });
  });

  it("is run on a video, which becomes a video", async () => {
    const { makeClip } = await import("@sensorium/testkit/clip");
    const clip = await makeClip({ path: at("clip.mp4"), seconds: 1, fps: 5, size: { width: 64, height: 48 } });
    const { out } = await run("run", bundle(), clip, "--output", at("annotated.mp4"), ...home());
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).stop),
    ).toEqual(Array(5).fill("nothing"));
    const { out: again } = await run("run", bundle(), at("annotated.mp4"), ...home());
    expect(
      again
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).at),
    ).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
  });

  it("cannot draw into a file that is no picture and no video", async () => {
    const args = ["run", bundle(), picture, "--output", at("annotated.txt"), ...home()];
    await expect(run(...args)).rejects.toThrow(/annotated\.txt cannot be written: /);
  });

  it("is measured on a picture", async () => {
    const { out } = await run("bench", bundle(), picture, "--rounds", "2", ...home());
    expect(out).toMatch(/^car_brand_cls_v1( +[\d.]+){4}$/m);
    expect(out).toMatch(/^at the same time +[\d.]+ +[\d.]+ +[\d.]+ of it; the slowest alone [\d.]+$/m);
    expect(out).toMatch(/^beyond the models +[\d.]+ +[\d.]+$/m);
  });

  it("needs a picture to be measured on, of its own or another", async () => {
    await rm(join(bundle(), "manifest.json"), { force: true });
    await expect(run("bench", bundle(), ...home())).rejects.toThrow("has no self-test: name a picture");
  });

  it("is validated by its self-test", async () => {
    await putManifest({ classes: ["car"], branches: { car_brand_cls_v1: "Lamborghini" } });
    expect((await run("validate", bundle(), ...home())).out).toMatch(/ can be used: .*, self-test passed\n$/);
    await putManifest({ branches: { car_brand_cls_v1: "Audi" } });
    const { err, code } = await run("validate", bundle(), ...home());
    expect(err).toMatch(
      /error: manifest\.json: selfTest\.expect\.branches\.car_brand_cls_v1: is Audi, and the branch gives Lamborghini/,
    );
    expect(code).toBe(1);
  });
});
