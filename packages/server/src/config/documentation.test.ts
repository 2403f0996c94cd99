import { readFileSync } from "node:fs";
import { checkConfigFile, configJsonSchema } from "@sensorium/protocol/config";
import { describe, expect, it } from "vitest";
import { readYaml } from "./yaml-file.ts";

const page = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
const examples = Array.from(page.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text = ""]) => text);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** The names of all settings, however deep. */
function namesIn({ properties = {}, additionalProperties, anyOf = [], oneOf = [] }: Schema): string[] {
  const inner = typeof additionalProperties === "object" ? [additionalProperties] : [];
  const deeper = [...Object.values(properties), ...inner, ...anyOf, ...oneOf];
  return [...Object.keys(properties), ...deeper.flatMap(namesIn)];
}

describe("the page about the configuration file", () => {
  it.each(examples)("has an example that can be used: %s", (text) => {
    const { value, problems } = readYaml(text);
    expect(problems).toEqual([]);
    expect(checkConfigFile(value)).toMatchObject({ ok: true });
  });

  it("names every setting", () => {
    const names = new Set(namesIn(configJsonSchema() as Schema));
    for (const name of names) expect(page).toMatch(new RegExp(`\\b${name}\\b`));
    expect(names).toContain("trustProxy");
  });
});
