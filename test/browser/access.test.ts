import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { serveClock } from "../../packages/server/src/serve/clock.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { TestAuth } from "../../packages/server/src/serve/testing/auth.fixture.ts";
import { directoryOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { launchChromium } from "./chromium.ts";
import { buildPage, pageFolder } from "./page.ts";

const cleanup = new AsyncDisposableStack();
let browser: Browser;
let access: TestAuth;
let base: string;
let port: number;

beforeAll(async () => {
  await buildPage();
  browser = cleanup.use(await launchChromium());
  access = cleanup.use(await TestAuth.open(serveClock));
  const { auth, trail } = access;
  const cameras = directoryOf(new ScriptedCamera());
  ({ port } = cleanup.use(await HttpServer.listen({ cameras, auth, trail, log: silentLog, pageFolder, port: 0 })));
  base = `http://localhost:${port}`;
}, 60_000);
afterAll(() => cleanup.disposeAsync());

let page: Page;
let problems: string[];

/** Opens the view as somebody; as the first admin unless it is said whose login it is. */
async function open(userId?: string): Promise<void> {
  const context = cleanup.use(await browser.newContext());
  const [name = "", value = ""] = (await access.cookie(port, userId)).split("=");
  await context.addCookies([{ name, value, url: base }]);
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  problems = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  await page.goto(`${base}/#view=access`);
}

const button = (name: string) => page.getByRole("button", { name, exact: true });
const panel = (name: string) => page.getByRole("region", { name });
const rowOf = (table: string, text: string) =>
  page.getByRole("table", { name: table }).getByRole("row").filter({ hasText: text });

describe("an admin", () => {
  beforeAll(() => open());
  afterAll(() => expect(problems).toEqual([]));

  it("adds a user, and is told at the field what is wrong with one", async () => {
    await button("Add user").click();
    await expect.poll(() => panel("Add a user").evaluate((it) => it === document.activeElement)).toBe(true);
    await page.getByLabel("Name", { exact: true }).fill("nurse-anna");
    await page.getByLabel("Password").fill("too short");
    await page.getByLabel("Where").selectOption("Only in these environments");
    await page.getByLabel("Environments", { exact: true }).fill("ward-1, ward-2");
    await button("Add").click();
    await page
      .getByRole("alert")
      .filter({ hasText: /^a password has at least 12 characters$/ })
      .waitFor();
    await page.getByLabel("Password").fill("correct horse battery");
    await button("Add").click();
    await page.getByRole("status").filter({ hasText: "nurse-anna can log in now" }).waitFor();
    expect(await rowOf("Users", "nurse-anna").innerText()).toMatch(/see\s+ward-1, ward-2\s+never/);
    await button("Add user").click();
    await page.getByLabel("Name", { exact: true }).fill("nurse-anna");
    await page.getByLabel("Password").fill("correct horse battery");
    await button("Add").click();
    await page.getByRole("alert").filter({ hasText: "There is a user of this name already" }).waitFor();
    await button("Cancel").click();
    await expect.poll(() => button("Add user").evaluate((it) => it === document.activeElement)).toBe(true);
  });

  it("changes what a user may do, and removes them after a question", async () => {
    const id = await access.user({ scopes: ["read"], environments: null });
    await page.reload();
    await button(`Change user ${id}`).click();
    await page.getByLabel("May").selectOption("operate");
    await button("Save").click();
    await rowOf("Users", id).filter({ hasText: "see and operate" }).waitFor();
    await button(`Change user ${id}`).click();
    await button("Remove…").click();
    await button("Remove them").click();
    await page
      .getByRole("status")
      .filter({ hasText: `user ${id} is gone` })
      .waitFor();
    expect(await rowOf("Users", id).count()).toBe(0);
  });

  it("cannot take the last admin away, and reads why", async () => {
    await button("Change admin").click();
    await page.getByLabel("May").selectOption("read");
    await button("Save").click();
    await page.getByRole("alert").filter({ hasText: "This is the last admin of all environments" }).waitFor();
    await button("Remove…").click();
    await button("Remove them").click();
    await page.getByRole("alert").filter({ hasText: "Nobody can remove themselves" }).waitFor();
    await button("Cancel").click();
  });

  it("sees a new API key once, and revokes it", async () => {
    await button("Create key").click();
    await page.getByLabel("Name", { exact: true }).fill("till display");
    await page.getByLabel("Good for").selectOption("90 days");
    await button("Create").click();
    const key = await page.getByRole("region", { name: "API key", exact: true }).innerText();
    expect(key).toMatch(/^sensorium_key_/);
    await button("I have it").click();
    expect(await page.content()).not.toContain(key);
    const me = () => fetch(`${base}/api/v1/auth/me`, { headers: { "x-api-key": key } });
    expect((await me()).status).toBe(200);
    await button("Revoke till display").click();
    await button("Revoke it").click();
    await page.getByRole("status").filter({ hasText: "till display was revoked" }).waitFor();
    expect((await me()).status).toBe(401);
  });

  it("reads who did what, of somebody or of one kind alone, page by page", async () => {
    const somebody = { userId: access.userId, name: "night shift", by: "session" } as const;
    for (let i = 0; i < 60; i++) {
      await access.trail.record({
        action: "zone-put",
        who: somebody,
        status: 200,
        peer: "192.0.2.7",
        target: `door/bed-${i}`,
      });
    }
    await access.trail.record({
      action: "camera-removed",
      who: somebody,
      status: 403,
      peer: "192.0.2.7",
      target: "yard",
    });
    await page.reload();
    const refused = rowOf("Who did what, newest first", "removed a camera");
    expect(await refused.innerText()).toMatch(
      /night shift \(on the page\)\s+removed a camera\s+yard\s+192.0.2.7\s+refused/,
    );
    await page.getByLabel("What", { exact: true }).selectOption("set up a zone");
    await page.getByText("1–50 of 60").waitFor();
    await button("Next").click();
    await page.getByText("51–60 of 60").waitFor();
    await rowOf("Who did what, newest first", "door/bed-0").waitFor();
    await page.getByLabel("Who", { exact: true }).fill("nobody at all");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing of this kind is written down.").waitFor();
  });
});

it.each([
  { scopes: ["operate"], environments: null },
  { scopes: ["admin"], environments: ["ward-1"] },
] as const)("who may $scopes in $environments is not shown who may connect", async ({ scopes, environments }) => {
  const rights = { scopes: [...scopes], environments: environments && [...environments] };
  await open(await access.user(rights));
  await page.getByText("Who may connect is decided by admins of all environments.").waitFor();
  expect(await page.getByRole("link", { name: "Access" }).count()).toBe(0);
  expect(await page.getByRole("heading", { name: "Users" }).count()).toBe(0);
});
