import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { trackColor } from "../../apps/dashboard/src/data/paint.ts";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import type { TrackedFrame } from "../../packages/server/src/pipeline/camera-view.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { directoryOf, pictureOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { launchChromium } from "./chromium.ts";
import { buildPage, pageFolder } from "./page.ts";

const size = { width: 640, height: 360 };

let browser: Browser;
let red: Buffer;
beforeAll(async () => {
  await buildPage();
  red = await sharp({ create: { ...size, channels: 3, background: "#c00000" } })
    .jpeg({ quality: 95 })
    .toBuffer();
  browser = await launchChromium();
}, 60_000);
afterAll(() => browser?.close());

let door: ScriptedCamera;
let yard: ScriptedCamera;
let server: HttpServer;
let page: Page;
let problems: string[];

const listen = (port = 0) => HttpServer.listen({ cameras: directoryOf(door, yard), log: silentLog, pageFolder, port });

beforeEach(async () => {
  door = new ScriptedCamera("door");
  yard = new ScriptedCamera("yard");
  for (const camera of [door, yard]) camera.become({ size, frameAgeMs: 0, lines: [] });
  yard.become({ name: "Back yard" });
  server = await listen();
  problems = [];
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() !== "info" && message.type() !== "log") problems.push(message.text());
  });
});
afterEach(async () => {
  await page.close();
  await server[Symbol.asyncDispose]();
});

/** Opens the page and waits until it watches. */
async function open(camera = door): Promise<void> {
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await camera.until(({ pictureReaders, trackReaders }) => pictureReaders === 1 && trackReaders === 1);
}

/** One person from (160, 90) to (320, 270) at the time of picture `sequence`. */
const person = (sequence: number, id = 4): TrackedFrame => ({
  tracked: {
    count: 1,
    boxes: Float32Array.of(160, 90, 320, 270),
    scores: Float32Array.of(0.9),
    classes: Uint16Array.of(0),
    tracks: Int32Array.of(id),
  },
  keypoints: null,
  size,
  sequence,
  at: pictureOf(sequence).at,
  times: { capturedMs: 0, decodedMs: 1, inferredMs: 21, inferenceMs: 17 },
});

async function showPicture(sequence: number): Promise<void> {
  door.show(pictureOf(sequence, red));
  await page.waitForSelector(`canvas[data-at="${pictureOf(sequence).at}"]`);
}

/** Whether a colour is seen on the canvas within three pixels of a point in pixels of the source. */
function seesColor(x: number, y: number, color: string): Promise<boolean> {
  return page.evaluate(
    ([fx, fy, style]) => {
      const canvas = document.querySelector("canvas");
      const spot = new OffscreenCanvas(8, 7).getContext("2d");
      if (!canvas || !spot) throw new Error("there is no canvas");
      spot.drawImage(canvas, 3 - Math.round(fx * canvas.width), 3 - Math.round(fy * canvas.height));
      spot.fillStyle = style;
      spot.fillRect(7, 0, 1, 7);
      const { data } = spot.getImageData(0, 0, 8, 7);
      const at = (pixel: number) => [...data.subarray(4 * pixel, 4 * pixel + 3)];
      const wanted = at(7);
      const isNear = (pixel: number) => at(pixel).every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 24);
      return Array.from({ length: 56 }, (_, pixel) => pixel).some((pixel) => pixel % 8 < 7 && isNear(pixel));
    },
    [x / size.width, y / size.height, color] as const,
  );
}

async function expectColor(x: number, y: number, color: string): Promise<void> {
  expect(await seesColor(x, y, color), `${color} at ${x},${y}`).toBe(true);
}

describe("the page", () => {
  it("shows a picture with the boxes of its own time", async () => {
    await open();
    door.track(person(1));
    await showPicture(1);
    await page.waitForSelector('canvas[data-tracked="1"]');
    await expectColor(240, 180, "#c00000");
    await expectColor(160, 180, trackColor(4));
    await expectColor(320, 180, trackColor(4));
    await expectColor(240, 270, trackColor(4));
    expect(await seesColor(240, 180, trackColor(4))).toBe(false);
    expect(await page.getByRole("img", { name: "Live picture of Front door, 1 tracked" }).count()).toBe(1);
    expect(problems).toEqual([]);
  });

  it("draws the counting line where it is, with the counts", async () => {
    door.become({ lines: [{ id: "door", a: { x: 0.75, y: 0 }, b: { x: 0.75, y: 1 }, in: 3, out: 1 }] });
    await open();
    await showPicture(1);
    await expectColor(480, 60, "#ffffff");
    expect(await seesColor(440, 60, "#ffffff")).toBe(false);
    expect(problems).toEqual([]);
  });

  it("draws a zone where it is, and fills it more when somebody is in it", async () => {
    const corners = [
      { x: 0.25, y: 0.5 },
      { x: 0.5, y: 0.5 },
      { x: 0.5, y: 1 },
      { x: 0.25, y: 1 },
    ];
    door.become({ zones: [{ id: "queue", corners, occupancy: 2 }] });
    await open();
    await showPicture(1);
    await expectColor(160, 300, "#7cc4ff");
    await expectColor(240, 300, "rgb(176 47 61)");
    await expectColor(400, 300, "#c00000");
    expect(problems).toEqual([]);
  });

  it("lists who stays in a zone, and for how long who has left was there", async () => {
    door.become({ zones: [{ id: "queue", corners: [], occupancy: 0 }] });
    await open();
    const stay = {
      environment: "default",
      camera: "door",
      simulated: false,
      zone: "queue",
      track: 12,
      className: "person",
      at: 1,
    };
    const wallMs = Date.now();
    door.record({ ...stay, type: "zone-entered", id: "1", wallMs });
    const row = page.getByRole("listitem").filter({ hasText: "person 12" });
    await row.filter({ hasText: "inside" }).waitFor();
    door.record({ ...stay, type: "zone-left", id: "2", wallMs: wallMs + 12_000, dwellMs: 12_000 });
    await row.filter({ hasText: "12 s" }).waitFor();
    expect(await row.count()).toBe(1);
    expect(problems).toEqual([]);
  });

  it("counts a crossing and lists it", async () => {
    await open();
    await page.getByText("None since this page was opened").waitFor();
    door.count({ in: 7, out: 2 });
    door.record({
      type: "crossing",
      id: "1",
      environment: "default",
      camera: "door",
      wallMs: Date.now(),
      simulated: false,
      line: "door",
      direction: "in",
      track: 12,
      className: "person",
      score: 0.9,
      at: 1,
      point: { x: 0.5, y: 0.5 },
    });
    await page.locator('[data-count="in"]', { hasText: /^7$/ }).waitFor();
    await page.locator('[data-count="out"]', { hasText: /^2$/ }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "person 12" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("never shows an old picture as live", async () => {
    await open();
    await showPicture(1);
    await page.locator(".badge.live").waitFor();
    door.become({ state: "offline", reason: "10.0.0.7 closed the stream", frameAgeMs: 12_000 });
    await page.locator(".badge.offline").waitFor();
    await page.locator(".veil", { hasText: "10.0.0.7 closed the stream" }).waitFor();
    await page.locator(".veil", { hasText: "Picture is 12 s old" }).waitFor();
    expect(await page.locator(".badge.live").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it("says which model runs where, and that a camera is simulated", async () => {
    door.become({ simulated: true });
    await open();
    await page.getByText("yolox-nano").waitFor();
    await page.getByText("CPU", { exact: true }).waitFor();
    await page.getByText("Simulated", { exact: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it("switches between cameras and shows nothing of the one before", async () => {
    await open();
    await showPicture(1);
    await page.getByRole("button", { name: "Camera Front door" }).click();
    await page.getByRole("option", { name: "Back yard" }).click();
    await yard.until(({ pictureReaders }) => pictureReaders === 1);
    await door.until(({ pictureReaders, trackReaders }) => pictureReaders === 0 && trackReaders === 0);
    await page.getByRole("heading", { name: "Back yard" }).waitFor();
    expect(await page.locator("canvas[data-at]").count()).toBe(0);
    await page.reload();
    await page.getByRole("heading", { name: "Back yard" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("asks for nothing while it cannot be seen", async () => {
    await open();
    const become = (state: string) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "visibilityState", { value, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await become("hidden");
    await door.until(({ pictureReaders, trackReaders }) => pictureReaders === 0 && trackReaders === 0);
    await become("visible");
    await door.until(({ pictureReaders }) => pictureReaders === 1);
    expect(problems).toEqual([]);
  });

  it("asks for pictures of its own width from the start, however late the browser tells it", async () => {
    await page.addInitScript(() => {
      window.ResizeObserver = class extends ResizeObserver {
        override observe(): void {}
      };
    });
    await open();
    await showPicture(1);
    expect(door.requests.map(({ maxWidth }) => maxWidth)).toEqual([960]);
    expect(problems).toEqual([]);
  });

  it("says that the server is gone and comes back with it", async () => {
    await open();
    await showPicture(1);
    const { port } = server;
    await server[Symbol.asyncDispose]();
    await page.locator(".badge.disconnected").waitFor();
    server = await listen(port);
    await door.until(({ pictureReaders }) => pictureReaders === 1);
    await page.locator(".badge.live").waitFor();
    await showPicture(2);
    expect(problems.filter((text) => !text.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
  });

  it.each([
    [360, 640],
    [820, 1180],
    [1920, 1080],
  ])("fits a window of %i × %i, the picture undistorted", async (width, height) => {
    await page.setViewportSize({ width, height });
    await open();
    await showPicture(1);
    const seen = await page.evaluate(() => {
      const canvas = document.querySelector("canvas")?.getBoundingClientRect();
      return {
        overflow: document.documentElement.scrollWidth - innerWidth,
        shape: canvas && canvas.width / canvas.height,
      };
    });
    expect(seen.overflow).toBe(0);
    expect(seen.shape).toBeCloseTo(16 / 9, 1);
    expect(problems).toEqual([]);
  });
});
