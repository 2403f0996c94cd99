import { settings } from "@sensorium/protocol/rest";
import { expect, it } from "vitest";
import { z } from "zod";
import { fixedBecause } from "./settings-table.ts";

interface Described {
  readonly readOnly?: boolean;
  readonly properties?: Readonly<Record<string, Described>>;
}

/** Every setting of a schema by its dotted name, and whether it is described as one that nobody changes. */
function described({ properties = {} }: Described, above = ""): readonly (readonly [string, boolean])[] {
  return Object.entries(properties).flatMap(([key, inner]) =>
    inner.properties ? described(inner, `${above}${key}.`) : [[`${above}${key}`, inner.readOnly === true] as const],
  );
}

const all = described(z.toJSONSchema(settings.Settings) as Described).filter(([name]) => name !== "environment_id");

it.each(all)("%s is refused exactly when it is described as read-only (%s)", (name, readOnly) => {
  expect(fixedBecause({ name, value: 1 }) !== undefined).toBe(readOnly);
});
