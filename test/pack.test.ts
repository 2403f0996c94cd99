import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "sensorium-test-"));
const tarballs = join(folder, "dist");
const consumer = join(folder, "consumer");

/** An older Node than the project's own where the machine has one: what is published promises Node 20. */
const node = existsSync("/usr/bin/node") ? "/usr/bin/node" : process.execPath;

async function runInConsumer(code: string): Promise<string> {
  writeFileSync(join(consumer, "main.mjs"), code);
  const { stdout } = await run(node, ["main.mjs"], { cwd: consumer });
  return stdout;
}

/** What the packages depend on, as the workspace has it. */
const OTHERS = ["zod", "@msgpack/msgpack"];

/** Packs the packages and installs the tarballs without the network. */
beforeAll(async () => {
  const script = new URL("../scripts/pack.mjs", import.meta.url).href;
  const code = `const { pack } = await import(${JSON.stringify(script)}); process.exitCode = await pack([process.argv[1]])`;
  await run(process.execPath, ["--input-type=module", "--eval", code, tarballs]);
  const files = readdirSync(tarballs).map(
    (file) => [`@${file.replace(/-\d.*$/, "").replace("-", "/")}`, file] as const,
  );
  const dependencies = Object.fromEntries([
    ...files.map(([name, file]) => [name, `file:${join(tarballs, file)}`]),
    ...OTHERS.map((name) => [name, `file:${join(root, "node_modules", name)}`]),
  ]);
  const manifest = { type: "module", dependencies };
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify(manifest));
  const install = ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", install, { cwd: consumer, shell: process.platform === "win32" });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packages as they are published", () => {
  it.each(["protocol", "perception", "model-import", "client"])(
    "%s brings a README and a licence, and no source or test",
    (name) => {
      const files = readdirSync(join(consumer, "node_modules/@sensorium", name), { recursive: true }).map(String);
      expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "package.json"]));
      expect(files.filter((file) => /(?<!\.d)\.ts$|\.(test|fixture)\.|testing/.test(file))).toEqual([]);
    },
  );

  it("all load by plain Node, whichever part of them is named", async () => {
    const names = readdirSync(join(consumer, "node_modules/@sensorium")).flatMap((name) => {
      const path = join(consumer, "node_modules/@sensorium", name, "package.json");
      const { exports } = JSON.parse(readFileSync(path, "utf8")) as { exports: Record<string, unknown> };
      return Object.keys(exports).map((part) => `@sensorium/${name}${part.slice(1)}`);
    });
    expect(names.length).toBeGreaterThanOrEqual(6);
    const code = names.map((name) => `console.log(Object.keys(await import(${JSON.stringify(name)})).length > 0);`);
    expect(await runInConsumer(code.join("\n"))).toBe("true\n".repeat(names.length));
  });

  it("follow sixty people by plain Node", async () => {
    const printed = await runInConsumer(`
      import { createTracker } from "@sensorium/perception";
      const count = 60;
      const boxes = Float32Array.from({ length: 4 * count }, (_, i) => 50 * Math.floor(i / 4) + (i % 4 < 2 ? 0 : 40));
      const [scores, classes] = [new Float32Array(count).fill(0.9), new Uint16Array(count)];
      const tracker = createTracker("byte-track");
      const follow = (frame) => tracker.update({ count, boxes, scores, classes }, frame * 100_000);
      console.log([1, 2, 3, 4].map(follow).at(-1).count);
    `);
    expect(printed).toBe("60\n");
  });

  it("convert a TensorFlow.js model by plain Node", async () => {
    const model = join(root, "node_modules/@vladmandic/human/models/blazeface");
    const printed = await runInConsumer(`
      import { readFileSync } from "node:fs";
      import { describeModel, importTfjs } from "@sensorium/model-import";
      const read = (ending) => readFileSync(${JSON.stringify(model)} + ending);
      const onnx = importTfjs({ topology: JSON.parse(read(".json")), weights: [read(".bin")] });
      console.log(describeModel(onnx).inputs.map(({ shape }) => shape.join(" ")).join());
    `);
    expect(printed).toBe("1 3 256 256\n");
  });

  it("are typed for who uses them, and a wrong use does not compile", async () => {
    const lines = [
      'import { connect } from "@sensorium/client";',
      'import { importUltralytics, type UltralyticsManifest } from "@sensorium/model-import";',
      'import { createTracker, type Tracker } from "@sensorium/perception";',
      'import { ConfigFile } from "@sensorium/protocol/config";',
      "export const read = async (pt: Uint8Array): Promise<UltralyticsManifest> => (await importUltralytics(pt)).manifest;",
      'export const tracker: Tracker = createTracker("no-such-tracker");',
      "export const parsed = ConfigFile.parse({});",
      'const { api } = connect("http://127.0.0.1:8000");',
      'export const shares = api.get("/pose/latest").then((it): number[] => it.persons.map((one) => one.confidence));',
      'export const nothing = api.get("/no-such-address");',
    ];
    writeFileSync(join(consumer, "main.ts"), lines.join("\n"));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const flags = ["--strict", "--noEmit", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2023,DOM"];
    const printed = await run(process.execPath, [tsc, ...flags, "--types", "", "main.ts"], { cwd: consumer }).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(printed.match(/^\S.*$/gm)).toEqual([
      expect.stringMatching(/^main\.ts\(6,\d+\).*no-such-tracker/),
      expect.stringMatching(/^main\.ts\(10,\d+\).*no-such-address/),
    ]);
  });

  it.skipIf(!hasSharedData)("run the README's example on a real checkpoint by plain Node", async () => {
    copyFileSync(sharedData("models/pt/yolov5n/yolov5n.pt"), join(consumer, "best.pt"));
    const readme = readFileSync(join(root, "packages/model-import/README.md"), "utf8");
    const [, example = ""] = /^```js\n(.*?)^```$/ms.exec(readme) ?? [];
    expect(await runInConsumer(example)).toBe("detect 80\n[ 'batch', 3, 640, 640 ]\n");
    expect(existsSync(join(consumer, "best.onnx"))).toBe(true);
  });
});
