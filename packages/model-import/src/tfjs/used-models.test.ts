import { beforeAll, expect, it } from "vitest";
import { relativeDifference, runOnnx } from "../testing/session.ts";
import { describeWithSharedData } from "../testing/shared-data.ts";
import { feedOf, importUsed, runnerOnWasm, usedModels } from "../testing/tfjs-models.ts";

/** The largest relative difference of each used output from what TFJS on WASM gives. */
async function differences(model: (typeof usedModels)[number]): Promise<Record<string, number>> {
  const fed = await feedOf(model);
  const wanted = (await runnerOnWasm(model, fed))();
  const found = await runOnnx(importUsed(model), { [model.input]: { data: fed.first, dims: fed.dims } });
  const compared = Object.entries(model.outputs).map(([name, floor], i) => {
    return [name, relativeDifference(found[name]?.values ?? [], wanted[i] ?? [Number.NaN], floor)] as const;
  });
  return Object.fromEntries(compared);
}

describeWithSharedData("a TFJS model that is used, on a real picture", () => {
  const found = new Map<string, Record<string, number>>();
  beforeAll(async () => {
    for (const model of usedModels) found.set(model.name, await differences(model));
  }, 60_000);

  it.each(usedModels.map(({ name }) => name))("%s gives what TFJS gives, within a thousandth", (name) => {
    const compared = Object.values(found.get(name) ?? { missing: Number.NaN });
    expect(compared).toEqual(compared.map(() => expect.toSatisfy((difference: number) => difference < 1e-3)));
  });
});
