import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BodySurface, Box } from "@sensorium/perception";
import { temporaryFolder } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../observe/log.ts";
import { fileOrigin } from "./catalogue.ts";
import { cropOf, type Pixels } from "./crop.fixture.ts";
import type { DensePoseEstimator } from "./crop-model.ts";
import { type DensePoseOnnx, denseposeOnnx } from "./densepose-onnx.fixture.ts";
import { InferencePool } from "./onnx/pool.ts";

let cleanup: AsyncDisposableStack;
let folder: string;
let pool: InferencePool;
beforeAll(async () => {
  cleanup = new AsyncDisposableStack();
  folder = cleanup.use(await temporaryFolder()).path;
  pool = cleanup.use(new InferencePool({ threads: 1, cacheFolder: join(folder, "cache"), log: silentLog }));
});
afterAll(() => cleanup.disposeAsync());

async function load(name: string, bytes: Uint8Array): Promise<DensePoseEstimator> {
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, bytes);
  return await pool.loadModel("dense-pose", fileOrigin(path));
}

type Colour = readonly [red: number, green: number, blue: number];
const BLACK: Colour = [0, 0, 0];
const RED: Colour = [250, 100, 0];
const GREEN: Colour = [102, 204, 30];
const BLUE: Colour = [51, 102, 255];

/** A body from 40, 20 to 72, 84 in a dark picture: a red half, and below it a green quarter and a blue one. */
const body: Box = { x1: 40, y1: 20, x2: 72, y2: 84 };
const picture = painted(120, 100, (x, y) => {
  if (x < body.x1 || x >= body.x2 || y < body.y1 || y >= body.y2) return BLACK;
  if (y < 52) return RED;
  return x < 56 ? GREEN : BLUE;
});

function painted(width: number, height: number, colourAt: (x: number, y: number) => Colour): Pixels {
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) data.set(colourAt(at % width, Math.floor(at / width)), 3 * at);
  return { data, width, height };
}

const lookAt = async (model: DensePoseEstimator, box: Box, pixels = picture): Promise<BodySurface | null> =>
  (await model.run(await cropOf(pixels, model.regionOf(box, pixels), model.format))).result;

/** Part, U and V at a place of the source. */
function at(surface: BodySurface | null, x: number, y: number): number[] {
  if (!surface) return [];
  const { box, width, height, iuv } = surface;
  const column = Math.floor(((x - box.x1) / (box.x2 - box.x1)) * width);
  const row = Math.floor(((y - box.y1) / (box.y2 - box.y1)) * height);
  return [...iuv.subarray(3 * (row * width + column), 3 * (row * width + column) + 3)];
}

/** What the model says of the middle of each part, U and V being the colour's red and green. */
function expectBody(surface: BodySurface | null): void {
  for (const [x, y, part, [u, v]] of [
    [56, 36, 1, RED],
    [48, 68, 2, GREEN],
    [64, 68, 3, BLUE],
  ] as const) {
    const [found, ...place] = at(surface, x, y);
    expect(found).toBe(part);
    expect(Math.abs((place[0] ?? 0) - u)).toBeLessThanOrEqual(1);
    expect(Math.abs((place[1] ?? 0) - v)).toBeLessThanOrEqual(1);
  }
}

describe("a DensePose model", () => {
  it("says which part of the skin is where in a person's box, and where on it", async () => {
    const model = await load("plain", denseposeOnnx());
    expect(model.model).toMatchObject({ name: "plain", task: "dense-pose", family: "densepose" });
    const surface = await lookAt(model, body);
    expect(surface).toMatchObject({ box: body, width: 32, height: 64 });
    expectBody(surface);
  });

  it("says it in the picture's own places, whatever part of it is looked at", async () => {
    const model = await load("plain", denseposeOnnx());
    // Partly outside the picture, and with what is not of the body.
    const surface = await lookAt(model, { x1: 20, y1: -10, x2: 84, y2: 90 });
    expect(surface).toMatchObject({ box: { x1: 20, y1: 0, x2: 84, y2: 90 }, width: 64, height: 90 });
    expectBody(surface);
    expect(at(surface, 24, 50)).toEqual([0, 0, 0]);
    expect(at(surface, 78, 10)).toEqual([0, 0, 0]);
  });

  it("finds nobody where there is nobody", async () => {
    const model = await load("plain", denseposeOnnx());
    expect(await lookAt(model, { x1: 0, y1: 0, x2: 30, y2: 100 })).toBeNull();
  });

  it.each<[string, DensePoseOnnx]>([
    ["by their names, in whatever order they stand", { order: [3, 2, 0, 1] }],
    ["by their order, where they have numbers for names", { names: ["40", "30", "20", "10"] }],
  ])("has its heads told apart %s", async (name, onnx) => {
    expectBody(await lookAt(await load(name.replaceAll(/\W+/g, "-"), denseposeOnnx(onnx)), body));
  });

  it("that looks for people itself gives the one who fills most of the crop, and nobody in the dark", async () => {
    // A box of a bystander comes first; the maps cover the boxes, so they show the whole crop in each of them.
    const boxes = [
      [0, 0, 4, 8],
      [8, 6, 16, 22],
    ] as const;
    const model = await load("whole", denseposeOnnx({ boxes }));
    expect(model.regionOf(body, picture)).toEqual({ x1: 33, y1: 7, x2: 79, y2: 97 });
    const surface = await lookAt(model, body);
    // The crop of 46×90 lies in the input as 16×32.
    const box = { x1: 33 + (8 * 46) / 16, y1: 7 + (6 * 90) / 32, x2: 79, y2: 7 + (22 * 90) / 32 };
    expect(surface?.box.x1).toBeCloseTo(box.x1);
    expect(surface?.box).toEqual(box);
    expect(
      await lookAt(
        model,
        body,
        painted(120, 100, () => BLACK),
      ),
    ).toBeNull();
  });

  it("is not loaded for another task than its own", async () => {
    await load("plain", denseposeOnnx());
    await expect(pool.loadModel("pose", fileOrigin(join(folder, "plain.onnx")))).rejects.toThrow(
      "the model plain is for the task dense-pose; one for pose is needed",
    );
  });

  it("is refused where a head is missing, with what it takes and gives", async () => {
    await expect(load("headless", denseposeOnnx({ order: [1, 2, 3] }))).rejects.toMatchObject({
      code: "model-unsupported",
      message: expect.stringMatching(
        /headless.onnx cannot be used: it is not a model of a known family .*densepose.* gives fine_segm float32\[1,25,32,32\], u/,
      ),
    });
  });
});
