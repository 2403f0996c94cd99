import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runNode } from "./node.mjs";
import { runNpm } from "./npm.mjs";
import { ROOT, say } from "./root.mjs";

/** The packages that are useful without the server, each after those it depends on. */
const PUBLISHED = ["protocol", "perception", "model-import", "client"];

/** Syntax and library of Node 20, which `engines` promises: what is newer does not compile. It disposes already. */
const EMIT = {
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable", "WebWorker"],
  noEmit: false,
  declaration: true,
  allowImportingTsExtensions: false,
  rewriteRelativeImportExtensions: true,
};

/**
 * @typedef {object} Package
 * @property {string} folder where its source is
 * @property {string} stage where what is published is put together
 * @property {{ name: string, version: string, exports: Record<string, string>, dependencies?: Record<string, string>, engines?: object }}
 *   manifest of the source; the exports are TypeScript files
 */

/**
 * Makes tarballs of the packages that can be published, as JavaScript and declarations, in a folder: `dist` unless given.
 * npm prints what is in each. Paths are taken from the checkout's folder.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function pack([destination = "dist"]) {
  const folder = resolve(ROOT, destination);
  mkdirSync(folder, { recursive: true });
  const stage = mkdtempSync(join(tmpdir(), "sensorium-pack-"));
  try {
    // Declarations of one package are read from here while another is compiled, and name the same dependencies.
    symlinkSync(join(ROOT, "node_modules"), join(stage, "node_modules"), "junction");
    const packages = PUBLISHED.map((name) => readPackage(name, stage));
    for (const each of packages) {
      say(`\n${each.manifest.name} ${each.manifest.version}`);
      const code = (await compile(each, packages)) || (await archive(each, { packages, folder }));
      if (code !== 0) return code;
    }
    return 0;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * @param {string} name
 * @param {string} stage
 * @returns {Package}
 */
function readPackage(name, stage) {
  const folder = join(ROOT, "packages", name);
  return { folder, stage: join(stage, name), manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) };
}

/**
 * Compiles what the exports reach, and so neither tests nor fixtures.
 *
 * @param {Package} self
 * @param {readonly Package[]} packages
 */
function compile({ folder, stage, manifest }, packages) {
  mkdirSync(stage);
  const config = `${stage}.json`;
  const settings = {
    extends: join(folder, "tsconfig.json"),
    compilerOptions: {
      ...EMIT,
      rootDir: join(folder, "src"),
      outDir: join(stage, "dist"),
      paths: Object.fromEntries(packages.filter((it) => it.folder !== folder).flatMap(declarations)),
    },
    include: [],
    files: Object.values(manifest.exports).map((file) => join(folder, file)),
  };
  writeFileSync(config, JSON.stringify(settings));
  return runNode(["node_modules/typescript/bin/tsc", "-p", config]);
}

/**
 * Where the compiler finds another package: its declarations, not its source.
 *
 * @param {Package} other
 * @returns {[string, string[]][]}
 */
function declarations({ stage, manifest }) {
  return Object.entries(manifest.exports).map(([path, file]) => [
    `${manifest.name}${path.slice(1)}`,
    [join(stage, built(file, ".d.ts"))],
  ]);
}

/**
 * Packs a compiled package with its manifest, README and licence.
 *
 * @param {Package} self
 * @param {{ packages: readonly Package[], folder: string }} to
 */
function archive({ folder, stage, manifest }, { packages, folder: destination }) {
  const published = publishedManifest(manifest, packages);
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
  const readme = join(folder, "README.md");
  if (!existsSync(readme)) throw new Error(`${manifest.name} has no README.md: what is published needs one.`);
  cpSync(readme, join(stage, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(stage, "LICENSE"));
  return runNpm(["pack", "--loglevel=notice", "--ignore-scripts", "--pack-destination", destination], { cwd: stage });
}

/**
 * @param {Package["manifest"]} manifest
 * @param {readonly Package[]} packages
 */
function publishedManifest({ exports, dependencies = {}, ...manifest }, packages) {
  const versions = new Map(packages.map((it) => [it.manifest.name, it.manifest.version]));
  return {
    ...manifest,
    engines: manifest.engines ?? JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).engines,
    sideEffects: false,
    exports: Object.fromEntries(
      Object.entries(exports).map(([path, file]) => [
        path,
        { types: built(file, ".d.ts"), default: built(file, ".js") },
      ]),
    ),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, version]) => [name, versions.get(name) ?? version]),
    ),
    devDependencies: undefined,
  };
}

/**
 * @param {string} file of the source, from the package's folder
 * @param {string} extension
 */
function built(file, extension) {
  return file.replace("./src/", "./dist/").replace(/\.ts$/, extension);
}
