import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPipeline } from "./check.ts";
import { documented } from "./documented.fixture.ts";
import type { PipelineFile } from "./pipeline.ts";

type Documented = ReturnType<typeof documented>;

/** What is said of the documented pipeline after a change; each line begins with its path. */
function saidOf(change: (file: Documented) => unknown): { problems: string[]; warnings: string[] } {
  const file = documented();
  const changed = change(file) ?? file;
  const checked = checkPipeline(changed);
  const lines = (list: readonly { path: readonly string[]; message: string }[]): string[] =>
    list.map(({ path, message }) => `${path.join(".")} ${message}`);
  return { problems: checked.ok ? [] : lines(checked.problems), warnings: lines(checked.warnings) };
}

const set =
  (path: string, value: unknown) =>
  (file: Documented): void => {
    const keys = path.split(".");
    const parent = keys.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], file);
    (parent as Record<string, unknown>)[keys.at(-1) ?? ""] = value;
  };

function read(change: (file: Documented) => void = () => {}): PipelineFile {
  const file = documented();
  change(file);
  const checked = checkPipeline(file);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.file;
}

const action = "pipeline.parallelActions.0";

describe("a documented pipeline", () => {
  it("is read as it is, without a remark", () => {
    expect(saidOf(() => {})).toEqual({ problems: [], warnings: [] });
  });

  it("keeps every setting, with templates read and the table qualified", () => {
    expect(read()).toMatchObject({
      redis: { host: "192.0.2.3", port: 6379, password: "redis-password", db: 0 },
      pipeline: {
        expectedClasses: ["Car", "Frontal"],
        actions: [
          { quality: 90, key: { parts: ["inference:", { name: "display_id" }, ":", {}, ":", {}, ":", {}] } },
          {},
        ],
        branches: [{ crop: true, cropClass: "Frontal", parallel: true, resizeTarget: [224, 224] }, {}],
        parallelActions: [{ table: { schema: "gas_station_1", name: "car_frontal_info" }, key_field: "session_id" }],
      },
    });
  });

  it("may say null for what it does not set", () => {
    expect(saidOf(set("pipeline.branches.0.cropClass", null))).toEqual({ problems: [], warnings: [] });
  });

  it("runs with a connection that cannot be used, and is told so", () => {
    const change = set("postgresql.port", "5432");
    expect(saidOf(change)).toEqual({
      problems: [],
      warnings: [
        "postgresql.port must be a number; the bundle runs without this connection",
        `${action} is a postgresql_update_combined, and the file has no usable postgresql connection`,
      ],
    });
    expect(read(change).postgresql).toBeUndefined();
  });

  it.each([
    [
      "an unknown setting",
      set("pipeline.cropClas", "Car"),
      "pipeline.cropClas is not a setting; did you mean cropClass?",
    ],
    [
      "one of an action",
      set("pipeline.actions.1.chanel", "x"),
      "pipeline.actions.1.chanel is not a setting; did you mean channel?",
    ],
    ["one of a connection", set("redis.decode", true), /^redis\.decode is not a setting/],
    [
      "expectedClasses alone",
      set("pipeline.multiClass", false),
      "pipeline.expectedClasses does nothing without multiClass",
    ],
    [
      "a class that is not looked for",
      set("pipeline.expectedClasses", ["Car", "Bus"]),
      "pipeline.expectedClasses has Bus, which triggerClasses leaves out",
    ],
    [
      "a branch that never runs",
      set("pipeline.branches.0.triggerClasses", []),
      "pipeline.branches.0.triggerClasses is empty, so the branch never runs",
    ],
    [
      "a branch on a class that never comes",
      set("pipeline.branches.1.triggerClasses", ["Bus"]),
      "pipeline.branches.1.triggerClasses has Bus, which car_frontal_detection_v1 never gives",
    ],
    [
      "a crop of a class that never comes",
      set("pipeline.branches.1.cropClass", "Bus"),
      "pipeline.branches.1.cropClass is Bus, which car_frontal_detection_v1 never gives, so the branch never runs",
    ],
    [
      "a region that is not looked for",
      set("pipeline.actions.0.region", "Bus"),
      "pipeline.actions.0.region is Bus, which triggerClasses leaves out: the whole picture is saved",
    ],
    [
      "a key that is not saved yet",
      set("pipeline.actions.0.key", "{image_key}"),
      "pipeline.actions.0.key has {image_key}, and no redis_save_image comes before it",
    ],
    [
      "a field that a branch does not give",
      set(`${action}.fields.car_brand`, "{car_brand_cls_v1.color}"),
      `${action}.fields.car_brand has {car_brand_cls_v1.color}, and car_brand_cls_v1 gives class, confidence, id, bbox, brand`,
    ],
  ])("warns of %s", (_, change, warning) => {
    expect(saidOf(change)).toEqual({
      problems: [],
      warnings: [typeof warning === "string" ? warning : expect.stringMatching(warning)],
    });
  });
});

const deep = (levels: number): unknown => {
  let node: object = { modelId: "m", modelFile: "m.pt", triggerClasses: ["a"] };
  for (let i = 0; i < levels; i++)
    node = { ...node, modelId: `m${i}`, modelFile: "m.pt", triggerClasses: ["a"], branches: [node] };
  return { pipeline: node };
};

describe("a pipeline that cannot run", () => {
  it.each([
    ["no object", () => [], " must be a section of settings"],
    ["nothing", () => ({}), "pipeline is missing"],
    ["no model file", set("pipeline.modelFile", undefined), "pipeline.modelFile is missing"],
    [
      "a model of another kind",
      set("pipeline.branches.1.modelFile", "a.engine"),
      "pipeline.branches.1.modelFile must be a .pt or .onnx file",
    ],
    ["a confidence over 1", set("pipeline.minConfidence", 80), "pipeline.minConfidence must be at most 1"],
    ["classes as one text", set("pipeline.triggerClasses", "Car"), "pipeline.triggerClasses must be a list"],
    [
      "an unknown action",
      set("pipeline.actions.1.type", "redis_save_imag"),
      /^pipeline\.actions\.1\.type must be redis_save_image, .* not "redis_save_imag"; did you mean redis_save_image\?$/,
    ],
    [
      "an action in the wrong list",
      set("pipeline.actions.1.type", "postgresql_update_combined"),
      /^pipeline\.actions\.1\.type must be redis_save_image, /,
    ],
    [
      "an awaited branch that is not there",
      set(`${action}.waitForBranches`, ["car_brand_cls_v2"]),
      `${action}.waitForBranches.0 is car_brand_cls_v2, which is not a branch of this node; did you mean car_brand_cls_v1?`,
    ],
    [
      "an unknown placeholder",
      set("pipeline.actions.0.key", "{displayid}"),
      "pipeline.actions.0.key has the unknown placeholder {displayid}; did you mean {display_id}?",
    ],
    [
      "a branch that is not there",
      set(`${action}.fields.car_brand`, "{brand.brand}"),
      `${action}.fields.car_brand has the unknown placeholder {brand.brand}; the branches are car_brand_cls_v1, car_bodytype_cls_v1`,
    ],
    [
      "a branch's result too early",
      set("pipeline.actions.0.key", "{car_brand_cls_v1.brand}"),
      "pipeline.actions.0.key has the unknown placeholder {car_brand_cls_v1.brand}; results of branches are only there in parallelActions",
    ],
    [
      "a template that is broken",
      set("pipeline.actions.0.key", "{class"),
      "pipeline.actions.0.key has a { that belongs to no other; a brace itself is written {{",
    ],
    [
      "a table that ends a statement",
      set(`${action}.table`, "a; DROP TABLE b"),
      `${action}.table must be a table, or schema.table: letters, digits and underscores, at most 63 each`,
    ],
    ["a table in three parts", set(`${action}.table`, "a.b.c"), /table must be a table/],
    [
      "a quoted key",
      set(`${action}.key_field`, '"id"'),
      `${action}.key_field must be the name of a column: letters, digits and underscores, at most 63`,
    ],
    [
      "a column with a blank",
      set(`${action}.fields.car brand`, "x"),
      `${action}.fields.car brand must be the name of a column: letters, digits and underscores, at most 63`,
    ],
    [
      "a column twice",
      set(`${action}.fields.CAR_BRAND`, "x"),
      `${action}.fields.CAR_BRAND is a column that is named twice`,
    ],
    [
      "a key without a value",
      (file: Documented) =>
        Object.assign(file.pipeline.parallelActions[0] ?? {}, { key_field: "plate", key_value: null }) && undefined,
      /^pipeline\.parallelActions\.0\.key_value has the unknown placeholder \{plate\}/,
    ],
    ["1000 levels of branches", () => deep(1000), "pipeline is nested too deep: there may be 16 levels of branches"],
    [
      "100000 levels of branches",
      () => deep(100_000),
      "pipeline is nested too deep: there may be 16 levels of branches",
    ],
  ])("says why: %s", (_, change, problem) => {
    expect(saidOf(change as (file: Documented) => unknown).problems).toEqual([
      typeof problem === "string" ? problem : expect.stringMatching(problem),
    ]);
  });

  it("says all that is wrong at once, besides its warnings", () => {
    const { problems, warnings } = saidOf((file) => {
      set("pipeline.modelId", 7)(file);
      set("pipeline.colour", "red")(file);
      set("pipeline.branches.0.minConfidence", -1)(file);
      set("redis.port", 0)(file);
    });
    expect(problems).toHaveLength(2);
    expect(warnings).toHaveLength(2);
  });

  it("is told so, whatever stands where in the file", () => {
    const places = ["redis", "pipeline", "pipeline.branches", "pipeline.branches.0", "pipeline.actions.0", action];
    const place = fc.constantFrom(...places, "pipeline.actions.0.key", `${action}.fields`, "pipeline.resizeTarget");
    fc.assert(
      fc.property(place, fc.jsonValue(), (path, value) => {
        const file = documented();
        set(path, value)(file);
        const checked = checkPipeline(file);
        expect(checked.ok || checked.problems.length > 0).toBe(true);
      }),
    );
  });

  it("may have 16 levels of branches", () => {
    expect(checkPipeline(deep(16)).ok).toBe(true);
  });
});

describe("what an action leaves out", () => {
  it.each([
    [
      { type: "redis_save_image", key: "a" },
      { format: "jpeg", quality: 90, expire_seconds: 0 },
    ],
    [
      { type: "redis_save_image", key: "a", format: "PNG", quality: 400 },
      { format: "png", quality: 100 },
    ],
    [{ type: "redis_save_image", key: "a", format: "webp" }, { format: "jpeg" }],
    [
      { type: "webhook", url: "https://example.org/hook" },
      { message: { source: "{}", form: "json" }, headers: {} },
    ],
    [
      { type: "mqtt_publish", topic: "cars/{display_id}" },
      { qos: 1, retain: false, message: { form: "json" } },
    ],
  ])("%j is filled in", (given, expected) => {
    const { pipeline } = read((file) => file.pipeline.actions.splice(0, 2, given as never));
    expect(pipeline.actions).toMatchObject([expected]);
  });

  it("the value of a key is the key's own field", () => {
    const { pipeline } = read(set(`${action}.key_value`, undefined));
    expect(pipeline.parallelActions).toMatchObject([{ key_value: { parts: [{ name: "session_id" }] } }]);
  });
});
