import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Locked {
  readonly dev?: boolean;
  readonly link?: boolean;
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

it("THIRD_PARTY.md names every package that is installed to run Sensorium", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
  const names = Object.entries(packages).flatMap(([path, { dev, link }]) => {
    const [, name] = /.*node_modules\/(.+)$/.exec(path) ?? [];
    return name === undefined || dev || link ? [] : [name];
  });
  const page = read("THIRD_PARTY.md");
  const patterns = Array.from(page.matchAll(/`([^`]+)\*`/g), ([, start = ""]) => start);
  const unnamed = names.filter(
    (name) => !page.includes(`\`${name}\``) && !patterns.some((start) => name.startsWith(start)),
  );
  expect(unnamed).toEqual([]);
});
