import { afterEach, describe, expect, it, vi } from "vitest";
import { Configuration } from "./configuration.ts";
import { Drawing } from "./drawing/drawing.ts";
import { saveDrawing } from "./drawing/save.ts";
import { shapesOf } from "./drawing/shapes.ts";

const read = {
  fixed: null,
  version: "v1",
  defaults: { classes: ["person"], tracker: "byte-track", motionGate: true, lines: {}, model: "centernet", more: 1 },
  cameras: { door: { lines: { mat: "0,0.5,1,0.5" }, masks: [] } },
  models: ["centernet"],
};
const asked: string[] = [];

/** A server that gives the file, and answers changes one after the other. */
async function opened(...answers: readonly (readonly [status: number, body: object])[]): Promise<Configuration> {
  asked.length = 0;
  const left = [...answers];
  vi.stubGlobal(
    "fetch",
    async (url: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
      if (method === "GET") return Response.json({ data: read });
      asked.push(`${method} ${url} ${headers["if-match"]}`);
      const [status, body] = left.shift() ?? [];
      if (status === undefined) throw new TypeError("fetch failed");
      return Response.json(body, { status });
    },
  );
  const configuration = new Configuration("api/");
  await configuration.load();
  return configuration;
}
afterEach(() => vi.unstubAllGlobals());

const done = (version: string, ...restart_needed: string[]) => [200, { data: { version, restart_needed } }] as const;
const drawing = () => new Drawing("door", shapesOf(read.cameras.door, { ...read.defaults, tracker: "sort" }));

describe("a change", () => {
  it("is made for what was read, and the next one for what it made of it", async () => {
    const configuration = await opened(done("v2"), done("v3", "home"));
    await configuration.change({ camera: "a b", spot: { kind: "lines", name: "0,0/1" }, body: "x" });
    expect(await configuration.change({ camera: "door" })).toEqual({ ok: true, restartNeeded: ["home"] });
    expect(asked).toEqual(['PUT api/cameras/a%20b/lines/0%2C0%2F1 "v1"', 'DELETE api/cameras/door "v2"']);
  });

  it.each([
    [409, true],
    [422, false],
  ])("that is answered with %i is refused in the server's words", async (status, conflict) => {
    const configuration = await opened([status, { error: { message: "No." } }]);
    expect(await configuration.change({ camera: "door" })).toEqual({ ok: false, conflict, sentence: "No." });
  });

  it("that nobody answers says so", async () => {
    const outcome = await (await opened()).change({ camera: "door" });
    expect(outcome).toMatchObject({ ok: false, sentence: "The server does not answer." });
  });
});

describe("a drawing", () => {
  it("is saved up to what is refused, and goes on from there", async () => {
    const drawn = drawing();
    drawn.begin("zone");
    drawn.placeInMiddle();
    drawn.reverse(0);
    const configuration = await opened(done("v2"), [422, { error: { message: "No." } }], done("v3"));
    expect(await saveDrawing(drawn, configuration)).toMatchObject({ ok: false, sentence: "No." });
    expect(drawn.changes).toHaveLength(1);
    expect(await saveDrawing(drawn, configuration)).toEqual({ ok: true, restartNeeded: [] });
    expect(drawn.state.get().changed).toBe(false);
  });

  it("with two lines of one name is not sent", async () => {
    const drawn = drawing();
    drawn.begin("line");
    drawn.placeInMiddle();
    drawn.rename(1, "mat");
    expect(await saveDrawing(drawn, await opened())).toMatchObject({ sentence: "Two lines are called mat." });
    expect(asked).toEqual([]);
  });
});
