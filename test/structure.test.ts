import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const server = join(root, "packages/server/src");

/** Values go forward, imports follow them: a part may import only from those to its left. */
const ORDER = [
  "observe",
  "flow",
  "sources",
  "codec",
  "capture",
  "models",
  "mpta",
  "config",
  "pipeline",
  "storage",
  "actions",
  "worker",
  "serve",
  "app",
  "app.ts",
  "cli",
  "index.ts",
];

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
}

const partOf = (file: string): string => relative(server, file).split("/")[0] ?? "";

it("the server's parts import only from those before them", () => {
  const wrong = files(server).flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => resolve(dirname(file), specifier))
      .filter((target) => ORDER.indexOf(partOf(target)) > ORDER.indexOf(partOf(file)))
      .map((target) => `${relative(server, file)} imports ${relative(server, target)}`),
  );
  expect(wrong).toEqual([]);
  for (const file of files(server)) expect(ORDER).toContain(partOf(file));
});

it("the client has the schemas as types only: pages stay small", () => {
  const schemas = /^(?:im|ex)port (?!type )[^;]*"@sensorium\/protocol\/(?:wire|rest)"/m;
  const wrong = files(join(root, "packages/client/src")).filter((file) => schemas.test(readFileSync(file, "utf8")));
  expect(wrong.filter((file) => !file.includes("/testing/"))).toEqual([]);
});

it.each([
  ["protocol", ["zod", "@msgpack/msgpack"]],
  ["perception", ["@sensorium/protocol"]],
  ["model-import", ["@sensorium/protocol"]],
  ["client", ["@sensorium/protocol/wire", "@sensorium/protocol/rest", "@sensorium/protocol/streaming"]],
])("packages/%s runs anywhere: it imports nothing but %j", (name, allowed) => {
  const foreign = files(join(root, "packages", name, "src"))
    .filter((file) => !file.includes("/testing/"))
    .flatMap(importsOf)
    .filter((specifier) => !specifier.startsWith("."));
  expect([...new Set(foreign)].filter((specifier) => !allowed.includes(specifier))).toEqual([]);
});
