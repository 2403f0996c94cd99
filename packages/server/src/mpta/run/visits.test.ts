import type { Box } from "@sensorium/perception";
import { microsFromSeconds, wallMs } from "@sensorium/protocol";
import { fillTemplate, type PipelineFile, type Template } from "@sensorium/protocol/mpta";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DueAction } from "./due-action.ts";
import type { Found } from "./node-model.ts";
import { runPipeline } from "./run-pipeline.ts";
import { boxOf, found, frameOf, pipelineOf, ScriptedModel, scripted, taken } from "./scripted.fixture.ts";
import { type VisitOptions, type VisitStep, Visits } from "./visits.ts";

const redis = { host: "127.0.0.1", port: 6379 };
const postgresql = { host: "127.0.0.1", port: 5432, database: "d", username: "u", password: "p" };

const save = { type: "redis_save_image", key: "{display_id}:{timestamp}:{session_id}:{filename}", region: "Front" };
const publish = { type: "redis_publish", channel: "cars", message: '{"key": "{image_key}", "of": {confidence:.2f}}' };
const combined = {
  type: "postgresql_update_combined",
  table: "car_frontal_info",
  key_field: "session_id",
  waitForBranches: ["car_brand", "car_body"],
  fields: { car_brand: "{car_brand.brand}", car_body_type: "{car_body.body_type}" },
};

const branch = { modelFile: "b.pt", triggerClasses: ["Car"], minConfidence: 0.5, parallel: true };
const brand = { ...branch, modelId: "car_brand" };
const body = { ...branch, modelId: "car_body" };

/** The documented pipeline in small. */
function forecourt(more: object = {}, connections: object = { redis, postgresql }): PipelineFile {
  return pipelineOf(
    {
      modelId: "cars",
      modelFile: "a.pt",
      minConfidence: 0.5,
      multiClass: true,
      expectedClasses: ["Car", "Front"],
      actions: [save, publish],
      branches: [brand, body],
      parallelActions: [combined],
      ...more,
    },
    connections,
  );
}

const A = boxOf(100, 100, 300, 250);
const frontOf = ({ x1, y1, x2 }: Box): Box => boxOf(x1, y1, (x1 + x2) / 2, y1 + 60);
const B = boxOf(400, 100, 600, 250);

/** A camera whose models say what they are told, one frame after another. */
class Forecourt {
  readonly brand = new ScriptedModel([taken("Honda", 0.6)]);
  readonly body = new ScriptedModel([taken("Sedan", 0.7)]);
  readonly #cars = new ScriptedModel([], "detect");
  readonly #file: PipelineFile;
  readonly #visits: Visits;

  constructor(file = forecourt(), options: VisitOptions = {}) {
    let id = 0;
    this.#file = file;
    this.#visits = new Visits({ pipeline: file, lowScore: 0.1 }, { newId: () => `id-${++id}`, ...options });
  }

  async frame(seconds: number, answer: readonly Found[] | Error): Promise<VisitStep> {
    this.#cars.answer = answer;
    const models = { cars: this.#cars, car_brand: this.brand, car_body: this.body };
    using frame = frameOf();
    const result = await runPipeline(scripted(this.#file.pipeline, models), frame);
    return this.#visits.step(result, {
      at: microsFromSeconds(seconds),
      capturedMs: wallMs(Date.UTC(2025, 7, 13, 1, 2, 39) + 1000 * seconds),
      cameraId: "d1;c1",
      displayId: "d1",
    });
  }
}

const car = (box: Box, score = 0.9): Found => found("Car", score, box);
const front = (box: Box, score = 0.8): Found => found("Front", score, frontOf(box));
const vehicle = (box: Box): Found[] => [car(box), front(box)];

const typesOf = ({ due }: VisitStep): string[] => due.map(({ action }) => action.type);
const everything = ["begin_record", "redis_save_image", "redis_publish", "postgresql_update_combined"];
const perFrame = ["redis_save_image", "redis_publish"];

/** The columns that an update sets. */
function columnsOf({ due }: VisitStep): Record<string, string> | undefined {
  const update = due.find(({ action }) => action.type === "postgresql_update_combined");
  if (update?.action.type !== "postgresql_update_combined") return undefined;
  return Object.fromEntries(
    Object.entries(update.action.fields).map(([column, template]) => [column, text(template, update)]),
  );
}

function text(template: Template, { values }: DueAction): string {
  const filled = fillTemplate(template, (name) => values[name]);
  if (!filled.ok) throw new Error(`${filled.missing} have no value`);
  return filled.text;
}

describe("a visit", () => {
  it("begins with a record, pictures and messages, and an update", async () => {
    const step = await new Forecourt().frame(0, vehicle(A));
    expect(step).toMatchObject({ session: "id-1", track: 1, begins: true, unfilled: [] });
    expect(typesOf(step)).toEqual(everything);
    const [begin, picture, message] = step.due;
    expect(begin?.values).toMatchObject({
      display_id: "d1",
      camera_id: "d1;c1",
      session_id: "id-1",
      timestamp: "2025-08-13T01-02-39",
      timestamp_ms: Date.UTC(2025, 7, 13, 1, 2, 39),
      class: "Car",
      id: 1,
      bbox: [100, 100, 300, 250],
    });
    expect(picture?.region).toEqual(frontOf(A));
    expect(message?.values.image_key).toBe("d1:2025-08-13T01-02-39:id-1:id-2.jpg");
    expect(columnsOf(step)).toEqual({ car_brand: "Honda", car_body_type: "Sedan" });
  });

  it("has one record however long it lasts, and messages on every frame", async () => {
    const site = new Forecourt();
    await site.frame(0, vehicle(A));
    for (const second of [1, 2, 3, 11, 20]) {
      const step = await site.frame(second, vehicle(A));
      expect(step).toMatchObject({ session: "id-1", begins: false });
      expect(typesOf(step)).toEqual(perFrame);
    }
  });

  it("is updated when a branch becomes surer of something else, and not when it is less sure", async () => {
    const site = new Forecourt();
    await site.frame(0, vehicle(A));
    site.brand.answer = [taken("Kia", 0.5)];
    expect(columnsOf(await site.frame(1, vehicle(A)))).toBeUndefined();
    site.brand.answer = [taken("Kia", 0.8)];
    expect(columnsOf(await site.frame(2, vehicle(A)))).toEqual({ car_brand: "Kia", car_body_type: "Sedan" });
    site.brand.answer = [taken("Kia", 0.9)];
    expect(columnsOf(await site.frame(3, vehicle(A)))).toBeUndefined();
  });

  it("waits with its update for a branch whose model fails", async () => {
    const site = new Forecourt();
    site.body.answer = new Error("lost");
    expect(typesOf(await site.frame(0, vehicle(A)))).toEqual(everything.slice(0, 3));
    site.body.answer = [taken("Sedan", 0.7)];
    expect(columnsOf(await site.frame(1, vehicle(A)))).toEqual({ car_brand: "Honda", car_body_type: "Sedan" });
  });

  it("leaves out a column of a branch that has said nothing", async () => {
    const site = new Forecourt(forecourt({ parallelActions: [{ ...combined, waitForBranches: [] }] }));
    site.body.answer = new Error("lost");
    expect(columnsOf(await site.frame(0, vehicle(A)))).toEqual({ car_brand: "Honda" });
    site.body.answer = [taken("Sedan", 0.7)];
    expect(columnsOf(await site.frame(1, vehicle(A)))).toEqual({ car_brand: "Honda", car_body_type: "Sedan" });
  });

  it("goes on while the vehicle moves, is hidden for a while, or a model does not answer", async () => {
    const site = new Forecourt();
    await site.frame(0, vehicle(A));
    for (const second of [1, 2, 3])
      await site.frame(second, vehicle(boxOf(100 + 5 * second, 100, 300 + 5 * second, 250)));
    await site.frame(4, []);
    await site.frame(5, new Error("lost"));
    expect((await site.frame(9, vehicle(boxOf(130, 100, 330, 250)))).session).toBe("id-1");
  });

  it("ends when the vehicle was not seen for the timeout", async () => {
    const site = new Forecourt(forecourt(), { timeoutMs: 5000 });
    await site.frame(0, vehicle(A));
    await site.frame(3, []);
    const step = await site.frame(5.1, vehicle(A));
    expect(step.begins).toBe(true);
    expect(step.session).not.toBe("id-1");
  });

  it("is one for a vehicle and its front, also when only the front is seen", async () => {
    const site = new Forecourt(forecourt({ branches: [], parallelActions: [] }));
    const [first, second] = [await site.frame(0, vehicle(A)), await site.frame(1, [front(A)])];
    expect(second.session).toBe(first.session);
    expect(typesOf(second)).toEqual(perFrame);
  });

  it("is one for a vehicle that is taken for a truck for a while", async () => {
    const file = forecourt({ multiClass: false, expectedClasses: [], branches: [], parallelActions: [] });
    const site = new Forecourt(file);
    const sessions = [];
    for (const [second, name] of ["Car", "Truck", "Car"].entries()) {
      sessions.push((await site.frame(second, [found(name, 0.9, A)])).session);
    }
    expect(new Set(sessions).size).toBe(1);
  });

  it("is another for a truck that takes the place of a car that has gone", async () => {
    const site = new Forecourt(
      forecourt({ multiClass: false, expectedClasses: [], branches: [], parallelActions: [] }),
    );
    const first = await site.frame(0, [found("Car", 0.9, A)]);
    await site.frame(1, []);
    const second = await site.frame(2, [found("Truck", 0.9, A)]);
    expect(second.session).not.toBe(first.session);
  });

  it("is another for another vehicle beside it, and both go on by turns", async () => {
    const site = new Forecourt();
    const sessions: (string | null)[] = [];
    for (let second = 0; second < 6; second++) {
      const [near, far] = second % 2 === 0 ? [A, B] : [B, A];
      const step = await site.frame(second, [...vehicle(near), car(far, 0.7), front(far, 0.6)]);
      expect(step.begins).toBe(second < 2);
      sessions.push(step.session);
    }
    expect(new Set(sessions).size).toBe(2);
    expect(sessions.slice(0, 2)).toEqual(sessions.slice(2, 4));
  });

  it("has no record before everything that is expected is there", async () => {
    const site = new Forecourt();
    expect(typesOf(await site.frame(0, [car(A)]))).not.toContain("begin_record");
    expect(typesOf(await site.frame(1, vehicle(A)))).toContain("begin_record");
  });

  it.each([
    ["nothing is found", []],
    ["nothing that is expected is found", [found("Bus", 0.9)]],
    ["an awaited branch cannot run", [front(A)]],
    ["the model fails", new Error("lost")],
  ])("is not there when %s", async (_, answer) => {
    const step = await new Forecourt().frame(0, answer);
    expect(step).toEqual({ session: null, track: null, begins: false, due: [], unfilled: [] });
  });
});

describe("with a session per frame", () => {
  it("every frame has a record and an update of its own", async () => {
    const site = new Forecourt(forecourt(), { perFrame: true });
    const steps = [await site.frame(0, vehicle(A)), await site.frame(1, vehicle(A))];
    for (const step of steps) expect(typesOf(step)).toEqual(everything);
    expect(steps[0]?.session).not.toBe(steps[1]?.session);
  });
});

describe("an action", () => {
  it.each([
    ["redis", { postgresql }, ["begin_record", "postgresql_update_combined"]],
    ["postgresql", { redis }, perFrame],
  ])("is not due without a connection to %s", async (_, connections, expected) => {
    expect(typesOf(await new Forecourt(forecourt({}, connections)).frame(0, vehicle(A)))).toEqual(expected);
  });

  it("is left out when its template has no value, and said to be", async () => {
    const site = new Forecourt(forecourt({ actions: [publish, save] }));
    const step = await site.frame(0, vehicle(A));
    expect(step.unfilled).toEqual([{ modelId: "cars", action: "redis_publish", missing: ["image_key"] }]);
    expect(typesOf(step)).toEqual(everything.filter((type) => type !== "redis_publish"));
  });

  it("saves the whole view when its region is not found", async () => {
    const file = forecourt({ actions: [{ ...save, region: "Bus" }] });
    const { due } = await new Forecourt(file).frame(0, vehicle(A));
    expect(due.find(({ action }) => action.type === "redis_save_image")?.region).toEqual(boxOf(0, 0, 640, 480));
  });

  it("of a branch comes between those of the model above, and knows its own class", async () => {
    const message = "{brand} {class} {session_id} {image_key}";
    const publishing = { ...brand, actions: [{ type: "redis_publish", channel: "brands", message }] };
    const { due } = await new Forecourt(forecourt({ branches: [publishing, body] })).frame(0, vehicle(A));
    expect(due.map(({ action }) => (action.type === "redis_publish" ? action.channel : action.type))).toEqual([
      "begin_record",
      "redis_save_image",
      "cars",
      "brands",
      "postgresql_update_combined",
    ]);
    const own = due[3];
    if (own?.action.type !== "redis_publish") throw new Error("nothing is published");
    expect(own.values).toMatchObject({ Honda: "Honda", brand: "Honda", class: "Honda", id: null, bbox: null });
    expect(text(own.action.message, own)).toMatch(/^Honda Honda id-1 d1:.*jpg$/);
  });

  it("after the branches names what they say of this frame", async () => {
    const after = { type: "redis_publish", channel: "after", message: "{car_brand.brand} {car_brand.confidence:.1f}" };
    const site = new Forecourt(forecourt({ parallelActions: [after] }));
    const said = async (second: number): Promise<string | undefined> => {
      const last = (await site.frame(second, vehicle(A))).due.at(-1);
      return last?.action.type === "redis_publish" ? text(last.action.message, last) : undefined;
    };
    expect(await said(0)).toBe("Honda 0.6");
    site.brand.answer = [taken("Kia", 0.5)];
    expect(await said(1)).toBe("Kia 0.5");
  });

  it("survives JSON, with every template filled, whatever is found", async () => {
    const coordinate = fc.integer({ min: 0, max: 400 });
    const detection = fc.record({
      name: fc.constantFrom("Car", "Front", "Bus"),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      x: coordinate,
      y: coordinate,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(detection, { maxLength: 4 }), { maxLength: 6 }), async (frames) => {
        const site = new Forecourt();
        const begun: string[] = [];
        for (const [second, detections] of frames.entries()) {
          const answer = detections.map(({ name, score, x, y }) => found(name, score, boxOf(x, y, x + 90, y + 60)));
          const { due, session, begins } = await site.frame(second, answer);
          if (begins) begun.push(session ?? "none");
          expect(JSON.parse(JSON.stringify(due))).toEqual(due);
          for (const each of due) for (const template of templatesIn(each.action)) text(template, each);
        }
        expect(new Set(begun).size).toBe(begun.length);
      }),
    );
  });
});

function templatesIn(value: unknown): Template[] {
  if (typeof value !== "object" || value === null) return [];
  if ("parts" in value) return [value as Template];
  return Object.values(value).flatMap(templatesIn);
}
