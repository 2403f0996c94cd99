import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CameraConfig, Config } from "../../packages/server/src/config/config.ts";
import { ConfigEditor } from "../../packages/server/src/config/edit.ts";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { serveClock } from "../../packages/server/src/serve/clock.ts";
import type { ConfigControl } from "../../packages/server/src/serve/http/configuration.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { TestAuth } from "../../packages/server/src/serve/testing/auth.fixture.ts";
import { pictureOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { launchChromium } from "./chromium.ts";
import { buildPage, pageFolder } from "./page.ts";

const size = { width: 640, height: 360 };
const file = `# The shop.
cameras:
  door: # by the street
    name: Front door
    source: rtsp://viewer:secret@192.0.2.10/stream1
    lines:
      mat: { from: [0.2, 0.6], to: [0.8, 0.6], frames: 4 }
`;

let browser: Browser;
let picture: Buffer;
beforeAll(async () => {
  await buildPage();
  picture = await sharp({ create: { ...size, channels: 3, background: "#345" } })
    .jpeg()
    .toBuffer();
  browser = await launchChromium();
}, 60_000);
afterAll(() => browser?.close());

/** A configuration file, and scripted cameras that follow it as real ones do. */
class ScriptedShop implements ConfigControl {
  readonly path: string;
  cameras: readonly ScriptedCamera[] = [];
  readonly #editor: ConfigEditor;

  constructor(folder: string) {
    this.path = join(folder, "sensorium.yaml");
    writeFileSync(this.path, file);
    this.#editor = new ConfigEditor(this.path, { environment: {} });
  }

  async read() {
    return { ...(await this.#editor.read()), models: ["centernet", "yolox-nano"] };
  }

  async change(...[edit, options]: Parameters<ConfigControl["change"]>) {
    const { version, config } = await this.#editor.edit(edit, options);
    this.follow(config);
    return { version, restartNeeded: [] };
  }

  follow({ cameras }: Pick<Config, "cameras">): void {
    this.cameras = cameras.map((config) => {
      const known = this.cameras.find(({ id }) => id === config.id);
      const camera = known ?? new ScriptedCamera(config.id);
      if (!known) camera.become({ size: null, frameAgeMs: null, state: "connecting" });
      camera.become(shown(config));
      return camera;
    });
  }
}

const shown = ({ name, lines, zones }: CameraConfig) => ({
  name,
  lines: lines.map(({ id, a, b }) => ({ id, a, b, in: 0, out: 0 })),
  zones: zones.map(({ id, corners }) => ({ id, corners, occupancy: 0 })),
});

let cleanup: AsyncDisposableStack;
let shop: ScriptedShop;
let door: ScriptedCamera;
let access: TestAuth;
let page: Page;
let problems: string[];
let base: string;

async function listen(control: ConfigControl | undefined): Promise<string> {
  const cameras = {
    list: () => shop.cameras,
    get: (id: string) => shop.cameras.find((camera) => camera.id === id),
  };
  const options = { cameras, control, auth: access.auth, log: silentLog, pageFolder, port: 0 };
  return `http://localhost:${cleanup.use(await HttpServer.listen(options)).port}`;
}

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "sensorium-shop-"));
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  shop = new ScriptedShop(folder);
  door = new ScriptedCamera("door");
  door.become({ size, frameAgeMs: 0 });
  shop.cameras = [door];
  access = cleanup.use(await TestAuth.open(serveClock));
  base = await listen(shop);
  const context = await browser.newContext();
  cleanup.defer(() => context.close());
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
});
afterEach(() => cleanup.disposeAsync());

/** Logs in and waits for the first picture. */
async function open(at = base): Promise<void> {
  const [port] = at.split(":").slice(-1);
  const [name = "", value = ""] = (await access.cookie(Number(port))).split("=");
  await page.context().addCookies([{ name, value, url: at }]);
  await page.goto(at);
  await door.until(({ pictureReaders }) => pictureReaders === 1);
  await showPicture(1);
}

async function showPicture(sequence: number): Promise<void> {
  door.show(pictureOf(sequence, picture));
  await page.waitForSelector(`canvas[data-at="${pictureOf(sequence).at}"]`);
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const written = (): string => readFileSync(shop.path, "utf8");

/** A place on the picture in pixels of the window, from fractions of it. */
async function at(x: number, y: number): Promise<[number, number]> {
  const box = await page.locator("canvas").boundingBox();
  if (!box) throw new Error("there is no picture");
  return [box.x + x * box.width, box.y + y * box.height];
}

async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await page.mouse.move(...(await at(...from)));
  await page.mouse.down();
  await page.mouse.move(...(await at((from[0] + to[0]) / 2, (from[1] + to[1]) / 2)));
  await page.mouse.move(...(await at(...to)));
  await page.mouse.up();
}

async function press(...places: readonly (readonly [number, number])[]): Promise<void> {
  for (const place of places) await page.mouse.click(...(await at(...place)));
}

/** Saves, and waits until the page shows what goes on again. */
async function save(): Promise<void> {
  await button("Save").click();
  await page.getByText("Counted today").waitFor();
}

describe("who operates a camera", () => {
  it("draws a line on the running picture, and it is counted at from then on", async () => {
    await open();
    const asked = [...door.requests];
    await button("Lines and zones").click();
    await button("Line").click();
    await drag([0.7, 0.2], [0.7, 0.9]);
    await page.getByLabel("Name of line Line 1").fill("till");
    await showPicture(2);
    await save();
    expect(door.status().lines.map(({ id }) => id)).toEqual(["mat", "till"]);
    const { a, b } = door.status().lines[1] ?? {};
    expect([a?.x, a?.y, b?.x, b?.y].map((value) => Math.round((value ?? 0) * 50) / 50)).toEqual([0.7, 0.2, 0.7, 0.9]);
    expect(written()).toContain("# by the street");
    // The picture that runs is still the one that was asked for first.
    expect(door.requests).toEqual(asked);
    expect(problems).toEqual([]);
  });

  it("draws a zone corner by corner, and sees how many are in it", async () => {
    await open();
    await button("Lines and zones").click();
    await button("Zone").click();
    await press([0.2, 0.3], [0.6, 0.3], [0.6, 0.8], [0.2, 0.8], [0.2, 0.3]);
    await save();
    const [zone] = door.status().zones;
    expect(zone?.corners).toHaveLength(4);
    door.become({ zones: zone ? [{ ...zone, occupancy: 3 }] : [] });
    await page.locator('[data-occupancy="Zone 1"]', { hasText: "3 inside" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("moves a line without losing its own rule, turns it round and gives it another name", async () => {
    await open();
    await button("Lines and zones").click();
    await drag([0.5, 0.6], [0.5, 0.4]);
    await button("Reverse mat").click();
    await page.getByLabel("Name of line mat").fill("gate");
    await save();
    const [line] = door.status().lines;
    expect(door.status().lines).toHaveLength(1);
    expect(line).toMatchObject({ id: "gate", a: { x: 0.8 }, b: { x: 0.2 } });
    expect(line?.a.y).toBeCloseTo(0.4, 1);
    expect(written()).toMatch(/gate:(?:(?!\n {4}\w)[\s\S])*frames: 4/);
  });

  it("does all of it by keyboard", async () => {
    await open();
    await button("Lines and zones").focus();
    await page.keyboard.press("Enter");
    await button("Zone").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("group", { name: "Drawing a zone" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Corner 1 of Zone 1" }).focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await page.getByRole("button", { name: "Line mat" }).focus();
    await page.keyboard.press("Delete");
    await button("Save").focus();
    await page.keyboard.press("Enter");
    await page.getByText("Counted today").waitFor();
    expect(door.status()).toMatchObject({
      lines: [],
      zones: [{ id: "Zone 1", corners: [{ x: 0.3, y: 0.35 }, {}, {}, {}] }],
    });
  });

  it("who cancels leaves everything as it was", async () => {
    await open();
    await button("Lines and zones").click();
    await button("Delete mat").click();
    await button("Undo").click();
    await page.getByLabel("Name of line mat").waitFor();
    await button("Delete mat").click();
    await button("Cancel").click();
    await page.getByText("Counted today").waitFor();
    expect(written()).toBe(file);
  });

  it("is asked to save or cancel before another camera or view is shown", async () => {
    shop.cameras = [door, new ScriptedCamera("yard")];
    shop.cameras[1]?.become({ name: "Back yard" });
    await open();
    await button("Lines and zones").click();
    await button("Reverse mat").click();
    await page.getByRole("button", { name: "Camera Front door" }).click();
    await page.getByRole("option", { name: "Back yard" }).click();
    await page.getByRole("alert").filter({ hasText: "not saved yet" }).waitFor();
    await page.getByRole("heading", { name: "Front door" }).waitFor();
    await page.getByRole("link", { name: "Access" }).click();
    await page.getByRole("heading", { name: "Front door" }).waitFor();
    await button("Cancel").click();
    await page.getByRole("button", { name: "Camera Front door" }).click();
    await page.getByRole("option", { name: "Back yard" }).click();
    await page.getByRole("heading", { name: "Back yard" }).waitFor();
  });

  it("draws by touch too", async () => {
    const context = await browser.newContext({ hasTouch: true, viewport: { width: 390, height: 844 } });
    cleanup.defer(() => context.close());
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await open();
    await button("Lines and zones").tap();
    await button("Line").tap();
    await page.touchscreen.tap(...(await at(0.3, 0.2)));
    await page.touchscreen.tap(...(await at(0.3, 0.8)));
    await page.getByLabel("Name of line Line 1").waitFor();
    await button("Save").tap();
    await page.getByText("Counted today").waitFor();
    expect(door.status().lines.map(({ id }) => id)).toEqual(["mat", "Line 1"]);
  });

  it("is told in the server's words why a drawing is refused, and still has it", async () => {
    await open();
    await button("Lines and zones").click();
    await button("Zone").click();
    await press([0.2, 0.3], [0.4, 0.3], [0.6, 0.3], [0.2, 0.3]);
    await button("Save").click();
    await page.getByRole("alert").filter({ hasText: "encloses no area" }).waitFor();
    await page.getByLabel("Name of zone Zone 1").waitFor();
    expect(written()).toBe(file);
  });

  it("is told when somebody else changed the file meanwhile, and may save all the same", async () => {
    await open();
    await button("Lines and zones").click();
    await button("Reverse mat").click();
    writeFileSync(shop.path, file.replace("The shop", "The new shop"));
    await button("Save").click();
    await page.getByRole("alert").filter({ hasText: "changed by somebody else" }).waitFor();
    await button("Save mine all the same").click();
    await page.getByText("Counted today").waitFor();
    expect(written()).toContain("# The new shop");
    expect(door.status().lines).toMatchObject([{ id: "mat", a: { x: 0.8 }, b: { x: 0.2 } }]);
  });

  it("is told where there is nothing to write to", async () => {
    await open(await listen(undefined));
    await button("Lines and zones").click();
    await page.getByRole("alert").filter({ hasText: "given on the command line" }).waitFor();
    await button("Close").click();
    await page.getByText("Counted today").waitFor();
  });
});

describe("who administers the cameras", () => {
  it("adds one by its address, and sees it while it connects", async () => {
    await open();
    await button("Add camera").click();
    await page.getByLabel("Address").fill("rtsp://viewer:secret@192.0.2.11/stream1");
    await page.getByLabel("Name").fill("Back yard");
    await page.getByLabel("Tracker").selectOption("oc-sort");
    await button("Add").click();
    await page.getByRole("heading", { name: "Back yard" }).waitFor();
    await page.locator(".badge.connecting").waitFor();
    expect(written()).toMatch(/back-yard:[\s\S]*name: Back yard[\s\S]*tracker: oc-sort/);
    expect(await page.getByText("secret").count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it("is told at the field what is wrong with it", async () => {
    await open();
    await button("Add camera").click();
    await page.getByLabel("Address").fill("ftp://192.0.2.11/stream1");
    await page.getByLabel("Model").fill("yolo-none");
    await button("Add").click();
    await page.getByRole("alert").filter({ hasText: "not a source that can be opened" }).waitFor();
    expect(await page.getByLabel("Address").getAttribute("aria-invalid")).toBe("true");
    expect(written()).toBe(file);
  });

  it("changes what one is called and how it is tracked, and keeps all else of it", async () => {
    await open();
    await button("Settings").click();
    await page.getByLabel("Name").fill("Main door");
    await page.getByLabel("Motion gate").selectOption("off");
    await button("Save").click();
    await page.getByRole("heading", { name: "Main door" }).waitFor();
    expect(written()).toContain("viewer:secret@192.0.2.10");
    expect(written()).toContain("motionGate: false");
    expect(door.status().lines).toMatchObject([{ id: "mat" }]);
  });

  it("removes one after a second question", async () => {
    await open();
    await button("Settings").click();
    await button("Remove…").click();
    await button("Remove it").click();
    await page.getByRole("heading", { name: "No camera yet" }).waitFor();
    expect(shop.cameras).toEqual([]);
  });
});

it("who may only look sees nothing to change", async () => {
  const { key } = await access.key(["read"]);
  await page.setExtraHTTPHeaders({ "x-api-key": key });
  await page.goto(base);
  await page.getByRole("heading", { name: "Front door" }).waitFor();
  await page.getByText("Counted today").waitFor();
  for (const name of ["Lines and zones", "Settings", "Add camera"]) expect(await button(name).count()).toBe(0);
});

it("one of thirty cameras is found by its name", async () => {
  shop.cameras = [door, ...Array.from({ length: 29 }, (_, i) => new ScriptedCamera(`aisle-${i + 1}`))];
  for (const [i, camera] of shop.cameras.entries()) if (i > 0) camera.become({ name: `Aisle ${i}`, lines: [] });
  shop.cameras[17]?.become({ state: "offline" });
  await open();
  await page.getByRole("button", { name: "Camera Front door" }).click();
  await page.getByText("30 cameras, 1 not online").waitFor();
  await page.getByRole("combobox", { name: "Find a camera" }).fill("aisle 2");
  expect(await page.getByRole("option").count()).toBe(11);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Aisle 21" }).waitFor();
  expect(page.url()).toContain("camera=aisle-21");
});
