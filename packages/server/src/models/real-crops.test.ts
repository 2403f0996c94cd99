import { type Box, boxAt } from "@sensorium/perception";
import { type Embedding, keypointAt, type Poses } from "@sensorium/protocol";
import { hasSharedData, preparedModels, sharedData } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../observe/log.ts";
import { fileOrigin, findModel } from "./catalogue.ts";
import { cropOf, type Pixels, readPixels, wholeOf } from "./crop.fixture.ts";
import type { FaceDetector, FaceEmbedder, PoseEstimator } from "./crop-model.ts";
import { InferencePool } from "./onnx/pool.ts";
import type { ModelOrigin } from "./origin.ts";

const fileModel = (path: string): ModelOrigin => fileOrigin(sharedData(`models/${path}`));
const yunet = fileModel("face/face_detection_yunet_2026may.onnx");

describe.skipIf(!hasSharedData)("models that look at parts of pictures", () => {
  let pool: InferencePool;
  beforeAll(() => {
    pool = new InferencePool({ threads: 1, cacheFolder: preparedModels(), log: silentLog });
  });
  afterAll(() => pool[Symbol.asyncDispose]());

  const facesOf = async (detector: FaceDetector, picture: Pixels) =>
    (await detector.run(await cropOf(picture, wholeOf(picture), detector.format))).result;

  it("YuNet finds the six faces of a group, eyes above noses above mouths", async () => {
    const detector = await pool.loadModel("face-detect", yunet);
    const { count, landmarks } = await facesOf(
      detector,
      await readPixels(sharedData("images/faces/selfie-many-people.jpg")),
    );
    expect(count).toBe(6);
    for (let face = 0; face < count; face++) {
      const [, rightEye = 0, , leftEye = 0, , nose = 0, , rightMouth = 0, , leftMouth = 0] =
        landmarks?.subarray(10 * face) ?? [];
      expect(Math.max(rightEye, leftEye)).toBeLessThan(nose);
      expect(nose).toBeLessThan(Math.min(rightMouth, leftMouth));
    }
  });

  it.each([
    ["BlazeFace", findModel("blazeface")],
    ["Ultra-Light", fileModel("face/version-RFB-320_simplified.onnx")],
  ])("%s finds the faces of a couple where YuNet finds them", async (_, origin) => {
    const picture = await readPixels(sharedData("images/faces/couple.jpg"));
    const centres = async (model: ModelOrigin): Promise<number[]> => {
      const faces = await facesOf(await pool.loadModel("face-detect", model), picture);
      const boxes = Array.from({ length: faces.count }, (__, face) => boxAt(faces, face));
      return boxes.map(({ x1, x2 }) => (x1 + x2) / 2).sort((a, b) => a - b);
    };
    const [found, wanted] = [await centres(origin), await centres(yunet)];
    expect(found).toHaveLength(2);
    for (const [i, x] of found.entries()) expect(Math.abs(x - (wanted[i] ?? 0))).toBeLessThan(60);
  });

  describe("of twelve portraits of four people", () => {
    /** Who is to be seen, found by looking; the couple's are its left and its right one. */
    const people: Readonly<Record<string, readonly string[]>> = {
      one: ["img1", "img2", "img4", "img5", "img6", "img7", "img10", "couple left"],
      two: ["img8", "img9"],
      three: ["img3"],
      four: ["couple right"],
    };

    const portraits = new Map<string, Promise<Pixels>>();
    function portrait(file: string): Promise<Pixels> {
      const pixels = portraits.get(file) ?? readPixels(sharedData(`images/faces/${file}.jpg`));
      portraits.set(file, pixels);
      return pixels;
    }

    async function embed(name: string, { detector, embedder }: Models): Promise<Embedding> {
      const [file = "", side] = name.split(" ");
      const picture = await portrait(file);
      const faces = await facesOf(detector, picture);
      const boxes = Array.from({ length: faces.count }, (_, face) => ({ face, ...boxAt(faces, face) }));
      const [first, second] = boxes.sort((a, b) => a.x1 - b.x1);
      const box = side === "right" ? second : first;
      if (!box) throw new Error(`no face is found in ${name}`);
      const landmarks = faces.landmarks?.slice(10 * box.face, 10 * box.face + 10);
      const crop = await cropOf(picture, embedder.regionOf(box, picture), embedder.format);
      return (await embedder.run({ ...crop, ...(landmarks ? { landmarks } : {}) })).result;
    }

    interface Models {
      readonly detector: FaceDetector;
      readonly embedder: FaceEmbedder;
    }

    const origins = {
      YuNet: yunet,
      BlazeFace: findModel("blazeface"),
      faceres: findModel("faceres"),
      MobileFaceNet: fileModel("face/mobilefacenet.onnx"),
    };

    it.each([
      ["faceres", "YuNet", 0.1],
      ["faceres", "BlazeFace", 0.1],
      ["MobileFaceNet", "YuNet", 0.3],
      ["MobileFaceNet", "BlazeFace", 0.25],
    ] as const)(
      "%s on faces of %s puts every pair of one person closer than every pair of two, by %f",
      async (embedderName, detectorName, margin) => {
        const detector = await pool.loadModel("face-detect", origins[detectorName]);
        const embedder = await pool.loadModel("face-embed", origins[embedderName]);
        const faces: { readonly person: string; readonly embedding: Embedding }[] = [];
        for (const [person, names] of Object.entries(people)) {
          for (const name of names) faces.push({ person, embedding: await embed(name, { detector, embedder }) });
        }
        const pairs = faces.flatMap((a, i) =>
          faces.slice(i + 1).map((b) => ({ same: a.person === b.person, likeness: dot(a.embedding, b.embedding) })),
        );
        const of = (same: boolean) => pairs.filter((pair) => pair.same === same).map(({ likeness }) => likeness);
        expect(of(true)).toHaveLength(29);
        expect(Math.min(...of(true)) - Math.max(...of(false))).toBeGreaterThan(margin);
      },
    );
  });

  it("MobileFaceNet says that it needs landmarks", async () => {
    const embedder = await pool.loadModel("face-embed", fileModel("face/mobilefacenet.onnx"));
    const picture = await readPixels(sharedData("images/faces/img1.jpg"));
    await expect(embedder.run(await cropOf(picture, wholeOf(picture), embedder.format))).rejects.toMatchObject({
      code: "config-invalid",
      message: "the model mobilefacenet needs a face's landmarks; the face detector gives none, or fewer than two",
    });
  });

  it("OSNet gives a vector of length 1, and the same for the same person", async () => {
    const model = await pool.loadModel("reid", fileModel("reid/osnet_x0_25_msmt17.onnx"));
    const picture = await readPixels(sharedData("images/ultralytics/bus.jpg"));
    const of = async (box: Box) => (await model.run(await cropOf(picture, box, model.format))).result;
    const [left, shifted, right] = [
      await of({ x1: 50, y1: 400, x2: 245, y2: 903 }),
      await of({ x1: 56, y1: 406, x2: 250, y2: 900 }),
      await of({ x1: 669, y1: 392, x2: 810, y2: 877 }),
    ];
    expect(Math.hypot(...left)).toBeCloseTo(1);
    expect(dot(left, shifted)).toBeGreaterThan(dot(left, right) + 0.2);
    const { minLikeness = Number.NaN } = model.model;
    expect(dot(left, shifted)).toBeGreaterThan(minLikeness);
    expect(dot(left, right)).toBeLessThan(minLikeness);
  });

  describe("on the people in front of a bus", () => {
    /** Three people who are to be seen from head to foot. */
    const bodies: readonly Box[] = [
      { x1: 50, y1: 400, x2: 245, y2: 903 },
      { x1: 222, y1: 406, x2: 345, y2: 860 },
      { x1: 669, y1: 392, x2: 810, y2: 877 },
    ];
    const parts = { nose: 0, shoulder: 5, hip: 11, ankle: 15 };

    /** A person stands upright in the box: nose, shoulders, hips and ankles come one below the other, inside. */
    function expectUpright(poses: Poses, person: number, { x1, y1, x2, y2 }: Box): void {
      const places = Object.values(parts).map((index) => keypointAt(poses, person, index));
      expect(places.map(({ y }) => y)).toEqual(places.map(({ y }) => y).toSorted((a, b) => a - b));
      for (const { x, y } of places) {
        expect(x > x1 - 15 && x < x2 + 15 && y > y1 - 15 && y < y2 + 15).toBe(true);
      }
    }

    const posesIn = async (model: PoseEstimator, picture: Pixels, region: Box) =>
      (await model.run(await cropOf(picture, region, model.format))).result;

    it.each<[string, ModelOrigin]>([
      ["MoveNet", findModel("movenet-lightning")],
      [
        "BlazePose",
        {
          kind: "tfjs",
          name: "blazepose-lite",
          path: sharedData("models/tfjs/blazepose-lite/blazepose-lite.json"),
          outputs: ["ld_3d", "output_poseflag"],
        },
      ],
    ])("%s finds the skeleton of each in a crop", async (_, origin) => {
      const model = await pool.loadModel("pose", origin);
      const picture = await readPixels(sharedData("images/ultralytics/bus.jpg"));
      for (const body of bodies) {
        const poses = await posesIn(model, picture, model.regionOf(body, picture));
        expect(poses.count).toBe(1);
        expectUpright(poses, 0, body);
      }
    });

    it("YOLO-pose finds them in the whole picture when told to read the outputs that are right", async () => {
      const damaged = fileModel("pose/yolo11n-pose_int8.onnx");
      const outputs = ["Mul_2", "Sigmoid", "Mul_4", "Sigmoid_1"].map((node) => `/model.23/${node}_output_0`);
      const picture = await readPixels(sharedData("images/ultralytics/bus.jpg"));
      const model = await pool.loadModel("pose", { ...fileOrigin(damaged.path), given: { outputs } });
      const poses = await posesIn(model, picture, wholeOf(picture));
      for (const body of bodies) {
        const persons = Array.from({ length: poses.count }, (_, person) => person);
        const [person] = persons.filter((each) => {
          const found = boxAt(poses, each);
          return Math.abs(found.x1 - body.x1) < 25 && Math.abs(found.x2 - body.x2) < 25;
        });
        expect(person).toBeDefined();
        if (person !== undefined) expectUpright(poses, person, body);
      }
      const asItIs = await pool.loadModel("pose", damaged);
      expect((await posesIn(asItIs, picture, wholeOf(picture))).count).toBe(0);
    });
  });

  it("is not loaded for another task than its own", async () => {
    await expect(pool.loadModel("pose", yunet)).rejects.toMatchObject({
      code: "model-unsupported",
      message: "the model face_detection_yunet_2026may is for the task face-detect; one for pose is needed",
    });
    await expect(pool.load(yunet, { classes: [] })).rejects.toThrow("one for detect is needed");
  });
});

const dot = (a: Embedding, b: Embedding): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
