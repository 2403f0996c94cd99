import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { Listener, ServerProcess, temporaryHome } from "@sensorium/testkit";
import { type ClipCanvas, makeClip } from "@sensorium/testkit/clip";
import sharp from "sharp";
import { expect, it } from "vitest";
import { alwaysSomebodyOnnx, denseposeOnnx } from "../../packages/server/src/models/densepose-onnx.fixture.ts";

const size = { width: 256, height: 256 };
/** Where the detector always sees somebody: the middle of the picture. */
const person = { x: 64, y: 64, width: 128, height: 128 };

type Colour = readonly [red: number, green: number, blue: number];
const NIGHT: Colour = [10, 10, 10];
const RED: Colour = [220, 100, 60];
const GREEN: Colour = [90, 200, 80];
const BLUE: Colour = [60, 120, 210];

/** Above red, below green at the left and blue at the right, in a dark picture. */
function colourAt(x: number, y: number): Colour {
  const inside = x >= person.x && x < person.x + person.width && y >= person.y && y < person.y + person.height;
  if (!inside) return NIGHT;
  if (y < 128) return RED;
  return x < 128 ? GREEN : BLUE;
}

function paint({ planes }: ClipCanvas): void {
  planes.forEach(({ data, stride }, plane) => {
    const step = plane === 0 ? 1 : 2;
    for (let y = 0; y < size.height; y += step) {
      for (let x = 0; x < size.width; x += step)
        data[(y / step) * stride + x / step] = yuvOf(colourAt(x, y))[plane] ?? 0;
    }
  });
}

/** BT.601, limited range. */
function yuvOf([red, green, blue]: Colour): number[] {
  const y = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [16 + 0.859 * y, 128 + 0.496 * (blue - y), 128 + 0.627 * (red - y)].map(Math.round);
}

/** Part, U and V of each place in the source. */
async function surfaceIn({ box, iuv }: Extract<wire.DensePose, { method: "model" }>) {
  const { data, info } = await sharp(Buffer.from(iuv, "base64")).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return (x: number, y: number): number[] => {
    const column = Math.floor(((x - box.x) / box.width) * info.width);
    const row = Math.floor(((y - box.y) / box.height) * info.height);
    return [...data.subarray(3 * (row * info.width + column), 3 * (row * info.width + column + 1))];
  };
}

it("a camera with a DensePose model tells who asks which part of the body each pixel shows, and which model says so", {
  timeout: 60_000,
}, async () => {
  await using home = await temporaryHome();
  const at = (name: string): string => join(home.path, name);
  await makeClip({ path: at("street.mp4"), seconds: 2, fps: 10, size, paint });
  await writeFile(at("somebody.onnx"), alwaysSomebodyOnnx());
  await writeFile(at("densepose.onnx"), denseposeOnnx());
  const camera = "{source: {kind: file, path: street.mp4, loop: true}, densePose: densepose.onnx, motionGate: false}";
  await writeFile(at("sensorium.yaml"), `models: {default: ./somebody.onnx}\ncameras: {door: ${camera}}\n`);
  const options = ["--config", at("sensorium.yaml"), "--home", home.path];
  await using server = await ServerProcess.start(options, { SENSORIUM_LOG: "error" });
  using client = await Listener.connect(`ws://127.0.0.1:${server.port}/ws/v1`, server.headers);
  const filters = { min_confidence: 0.5, include_dense_pose: true };
  client.send({ type: "subscribe", data: { subscriptions: [{ event_type: "pose_data", filters }] } });
  const densePoseIn = (message: object) =>
    wire.PoseDataMessage.safeParse(message).data?.data.persons.find(({ dense_pose }) => dense_pose)?.dense_pose;
  const found = densePoseIn(await client.find((message) => densePoseIn(message) !== undefined));
  if (found?.method !== "model") throw new Error("it is not by a model");
  expect(found).toMatchObject({ model: "densepose", box: person });
  const surfaceAt = await surfaceIn(found);
  for (const [x, y, part, [red, green]] of [
    [128, 96, 1, RED],
    [96, 160, 2, GREEN],
    [160, 160, 3, BLUE],
  ] as const) {
    const [seen, u = 0, v = 0] = surfaceAt(x, y);
    expect(seen).toBe(part);
    expect(Math.abs(u - red)).toBeLessThan(10);
    expect(Math.abs(v - green)).toBeLessThan(10);
  }
});
