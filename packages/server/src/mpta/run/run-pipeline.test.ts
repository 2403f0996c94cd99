import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributesOf, type PipelineResult } from "./result.ts";
import { runPipeline } from "./run-pipeline.ts";
import { boxOf, found, frameOf, pipelineOf, ScriptedModel, scripted, taken } from "./scripted.fixture.ts";

const brand = { modelId: "car_brand", modelFile: "b.pt", triggerClasses: ["car"] };
const body = { modelId: "car_bodytype", modelFile: "c.pt", triggerClasses: ["car"] };
const combined = {
  type: "postgresql_update_combined",
  table: "car_frontal_info",
  key_field: "session_id",
  waitForBranches: ["car_brand", "car_bodytype"],
  fields: { car_brand: "{car_brand.brand}" },
};

interface Scene {
  /** Of the root, beside its name and file. */
  readonly root?: object;
  readonly branches?: readonly object[];
  readonly models?: Readonly<Record<string, ScriptedModel>>;
}

function modelsOf({ models = {} }: Scene): Record<string, ScriptedModel> {
  return {
    cars: new ScriptedModel([found("car", 0.9)]),
    car_brand: new ScriptedModel([taken("Honda", 0.6)]),
    car_bodytype: new ScriptedModel([taken("Sedan", 0.7)]),
    ...models,
  };
}

async function run(scene: Scene): Promise<PipelineResult & { readonly models: Record<string, ScriptedModel> }> {
  const models = modelsOf(scene);
  const { root = {}, branches = [brand, body] } = scene;
  const { pipeline } = pipelineOf({ modelId: "cars", modelFile: "a.pt", ...root, branches });
  using frame = frameOf();
  return { ...(await runPipeline(scripted(pipeline, models), frame)), models };
}

const idsOf = ({ root }: PipelineResult): string[] => [...(root?.branches.keys() ?? [])];
const said = (...pairs: readonly (readonly [string, number])[]): ScriptedModel =>
  new ScriptedModel(pairs.map(([name, confidence]) => found(name, confidence)));

describe("a pipeline", () => {
  it("gives the best detection of each class, and of all", async () => {
    const cars = said(["car", 0.6], ["front", 0.9], ["car", 0.8], ["front", 0.5]);
    const { root, seen } = await run({ models: { cars } });
    expect([...(root?.best ?? [])].map(([name, { confidence }]) => [name, confidence])).toEqual([
      ["car", 0.8],
      ["front", 0.9],
    ]);
    expect(root?.primary.confidence).toBe(0.9);
    expect(seen).toHaveLength(4);
  });

  it("keeps branches' results under their names, and knows the vehicle's attributes", async () => {
    const result = await run({});
    expect(idsOf(result)).toEqual(["car_brand", "car_bodytype"]);
    expect(attributesOf(result.root)).toEqual({
      carModel: null,
      carBrand: "Honda",
      carYear: null,
      bodyType: "Sedan",
      licensePlateText: null,
      licensePlateConfidence: null,
    });
  });

  it.each<[string, Scene, string]>([
    ["nothing is found", { models: { cars: new ScriptedModel([], "detect") } }, "nothing"],
    [
      "everything is below minConfidence",
      { root: { minConfidence: 0.95 }, models: { cars: said(["car", 0.9]) } },
      "nothing",
    ],
    [
      "none of the expected classes is found",
      { root: { multiClass: true, expectedClasses: ["truck", "front"] } },
      "unexpected",
    ],
    [
      "an awaited branch is not triggered",
      { root: { parallelActions: [combined] }, branches: [brand, { ...body, triggerClasses: ["truck"] }] },
      "awaited",
    ],
    [
      "an awaited branch needs more confidence",
      { root: { parallelActions: [combined] }, branches: [brand, { ...body, minConfidence: 0.91 }] },
      "awaited",
    ],
    [
      "the region of an awaited branch is missing",
      { root: { parallelActions: [combined] }, branches: [brand, { ...body, crop: true, cropClass: "front" }] },
      "awaited",
    ],
    ["its model fails", { models: { cars: new ScriptedModel(new Error("lost"), "detect") } }, "failed"],
  ])("stops when %s, before any branch runs", async (_, scene, stop) => {
    const result = await run(scene);
    expect(result).toMatchObject({ root: null, stop });
    expect(Object.values(attributesOf(result.root))).toEqual([null, null, null, null, null, null]);
    expect(result.models.car_brand?.views).toEqual([]);
  });

  it("goes on with one of the expected classes", async () => {
    expect(await run({ root: { multiClass: true, expectedClasses: ["car", "front"] } })).toMatchObject({ stop: null });
  });

  it("goes on without multiClass, whatever is expected", async () => {
    expect(await run({ root: { expectedClasses: ["front"] } })).toMatchObject({ stop: null });
  });

  it("goes on without a branch whose model fails, and tells", async () => {
    const result = await run({ models: { car_brand: new ScriptedModel(new Error("lost"), "classify") } });
    expect(idsOf(result)).toEqual(["car_bodytype"]);
    expect(result.failures).toMatchObject([{ modelId: "car_brand", error: { message: "lost" } }]);
    expect(attributesOf(result.root)).toMatchObject({ carBrand: null, bodyType: "Sedan" });
  });

  it.each<[string, Scene, string[]]>([
    ["on one of its classes", { branches: [{ ...brand, triggerClasses: ["truck", "car"] }] }, ["car_brand"]],
    ["from its minConfidence on", { branches: [{ ...brand, minConfidence: 0.9 }] }, ["car_brand"]],
    ["not below it", { branches: [{ ...brand, minConfidence: 0.901 }] }, []],
    ["not without classes", { branches: [{ ...brand, triggerClasses: [] }] }, []],
    ["not without its region", { branches: [{ ...brand, crop: true, cropClass: "front" }] }, []],
    [
      "not without the first of its classes, which is its region",
      { branches: [{ ...brand, crop: true, triggerClasses: ["truck", "car"] }] },
      [],
    ],
    [
      "however unsure the classifier is",
      {
        branches: [{ ...brand, minConfidence: 0.85 }],
        models: { car_brand: new ScriptedModel([taken("Honda", 0.01)]) },
      },
      ["car_brand"],
    ],
    [
      "and counts what it detects from its own minConfidence, too",
      { branches: [{ ...brand, minConfidence: 0.85 }], models: { car_brand: said(["plate", 0.84]) } },
      [],
    ],
  ])("runs a branch %s", async (_, scene, expected) => {
    expect(idsOf(await run(scene))).toEqual(expected);
  });

  it.each<[string, object, object]>([
    ["the whole frame", {}, { region: boxOf(0, 0, 640, 480) }],
    ["its region at 224×224", { crop: true }, { region: boxOf(10, 20, 100, 80), resize: { width: 224, height: 224 } }],
    [
      "the region of another class, at another size",
      { crop: true, cropClass: "front", resizeTarget: [96, 64] },
      { region: boxOf(1, 2, 3, 4), resize: { width: 96, height: 64 } },
    ],
  ])("shows a branch %s", async (_, more, view) => {
    const cars = new ScriptedModel([found("car", 0.9), found("front", 0.3, boxOf(1, 2, 3, 4))]);
    const { models } = await run({ branches: [{ ...brand, ...more }], models: { cars } });
    expect(models.car_brand?.views).toEqual([view]);
  });

  it("shows a branch of a branch what the one above saw, or a part of it", async () => {
    const plate = { modelId: "plate", modelFile: "d.pt", triggerClasses: ["plate"] };
    const state = { ...plate, modelId: "state", crop: true, resizeTarget: [32, 32] };
    const finder = { ...brand, modelId: "plates", crop: true, branches: [plate, state] };
    const models = {
      plates: new ScriptedModel([found("plate", 0.8, boxOf(40, 60, 60, 70))]),
      plate: new ScriptedModel([taken("white", 0.5)]),
      state: new ScriptedModel([taken("Texas", 0.5)]),
    };
    const { root } = await run({ branches: [finder], models });
    expect(models.plate.views).toEqual([{ region: boxOf(10, 20, 100, 80), resize: { width: 224, height: 224 } }]);
    expect(models.state.views).toEqual([{ region: boxOf(40, 60, 60, 70), resize: { width: 32, height: 32 } }]);
    expect([...(root?.branches.get("plates")?.branches.keys() ?? [])]).toEqual(["plate", "state"]);
  });

  it("runs branches below a classifier on its class and its whole view", async () => {
    const model = { modelId: "car_model", modelFile: "d.pt", triggerClasses: ["Honda"], crop: true };
    const models = { car_model: new ScriptedModel([taken("Civic", 0.5)]) };
    await run({ branches: [{ ...brand, crop: true, branches: [model] }], models });
    expect(models.car_model.views).toEqual([{ region: boxOf(10, 20, 100, 80), resize: { width: 224, height: 224 } }]);
  });

  it("takes the surest of several brands", async () => {
    const models = { other_brand: new ScriptedModel([taken("Kia", 0.61)]) };
    const { root } = await run({ branches: [{ ...brand, modelId: "other_brand" }, brand], models });
    expect(attributesOf(root).carBrand).toBe("Kia");
  });

  describe("with two branches", () => {
    /** How many ran at the same time. */
    async function together(root: object, ...more: readonly object[]): Promise<{ most: number; modelMs: number }> {
      const models = modelsOf({});
      let now = 0;
      let most = 0;
      for (const name of ["car_brand", "car_bodytype"] as const) {
        const model = models[name];
        if (!model) throw new Error("no model");
        model.onLook = async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
        };
      }
      const branches = [brand, body].map((branch, i) => ({ ...branch, ...more[i] }));
      const { modelMs } = await run({ root, branches, models });
      return { most, modelMs };
    }

    it.each<[string, object, object[]]>([
      ["the model above says so", { parallel: true }, []],
      ["one of them says so", {}, [{}, { parallel: true }]],
    ])("runs them at the same time when %s", async (_, root, more) => {
      expect(await together(root, ...more)).toEqual({ most: 2, modelMs: 2 });
    });

    it("runs them one after the other otherwise", async () => {
      expect(await together({})).toEqual({ most: 1, modelMs: 3 });
    });
  });

  it("sees only what the subscription shows", async () => {
    const cars = new ScriptedModel([], "detect");
    const { pipeline } = pipelineOf({ modelId: "cars", modelFile: "a.pt" });
    using frame = frameOf({ width: 640, height: 480 }, boxOf(100, 100, 200, 200));
    await runPipeline(scripted(pipeline, { cars }), frame);
    expect(cars.views).toEqual([{ region: boxOf(100, 100, 200, 200) }]);
  });

  it("runs exactly the branches that the best detections trigger, whatever is found", async () => {
    const name = fc.constantFrom("car", "truck", "front");
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const branch = fc.record({ triggerClasses: fc.array(name, { minLength: 1 }), minConfidence: score });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, score), { minLength: 1 }),
        fc.array(branch, { maxLength: 4 }),
        fc.boolean(),
        async (pairs, branches, parallel) => {
          const ids = branches.map((_, i) => `b${i}`);
          const models = {
            cars: said(...pairs),
            ...Object.fromEntries(ids.map((id) => [id, new ScriptedModel([taken("x", 0.5)])])),
          };
          const nodes = branches.map((each, i) => ({ modelId: ids[i], modelFile: "b.pt", ...each }));
          const result = await run({ root: { parallel }, branches: nodes, models });
          const expected = ids.filter((_, i) =>
            pairs.some(([of, confidence]) => {
              const { triggerClasses = [], minConfidence = 0 } = branches[i] ?? {};
              return triggerClasses.includes(of) && confidence >= minConfidence;
            }),
          );
          expect(idsOf(result)).toEqual(expected);
        },
      ),
    );
  });
});
