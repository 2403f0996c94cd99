import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as golden from "./golden.ts";

it.each([
  ["detector-worker", golden.detectorWorker],
  ["people-counter", golden.peopleCounter],
  ["wifi-densepose", golden.wifiDensepose],
])("every golden file of %s can be had by its name", (protocol, files) => {
  const folder = new URL(`./${protocol}/v1/golden/`, import.meta.url);
  const read = (name: string): [string, unknown] => [
    name.slice(0, -".json".length),
    JSON.parse(readFileSync(new URL(name, folder), "utf8")),
  ];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  expect(files).toEqual(Object.fromEntries(names.map(read)));
});
