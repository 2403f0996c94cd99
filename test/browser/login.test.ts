import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { loginUrl } from "../../packages/server/src/serve/auth/login-link.ts";
import { serveClock } from "../../packages/server/src/serve/clock.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { TestAuth } from "../../packages/server/src/serve/testing/auth.fixture.ts";
import { directoryOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { launchChromium } from "./chromium.ts";
import { buildPage, pageFolder } from "./page.ts";

let browser: Browser;
beforeAll(async () => {
  await buildPage();
  browser = await launchChromium();
}, 60_000);
afterAll(() => browser?.close());

let cleanup: AsyncDisposableStack;
let access: TestAuth;
let page: Page;
let base: string;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  access = cleanup.use(await TestAuth.open(serveClock));
  const cameras = directoryOf(new ScriptedCamera());
  const server = cleanup.use(
    await HttpServer.listen({ cameras, auth: access.auth, log: silentLog, pageFolder, port: 0 }),
  );
  base = `http://localhost:${server.port}`;
  const context = await browser.newContext();
  cleanup.defer(() => context.close());
  page = await context.newPage();
});
afterEach(() => cleanup.disposeAsync());

const openLink = async () => page.goto(loginUrl(base, await access.auth.createLoginLink()));
const live = () => page.getByRole("heading", { name: "Front door" }).waitFor();
const loggedOut = () => page.getByText("npx sensorium login-link").waitFor();

it("the link from the terminal logs in, leaves nothing in the address, and the next visit needs none", async () => {
  await openLink();
  await live();
  expect(page.url()).not.toMatch(/token|login/);
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await page.goto(base);
  await live();
});

it("whoever is not logged in sees how to log in, and nothing of the cameras", async () => {
  await page.goto(base);
  await loggedOut();
  expect(await page.getByText("Front door").count()).toBe(0);
  await page.goto(loginUrl(base, "used-before"));
  await page.getByRole("alert").filter({ hasText: "has been used or has run out" }).waitFor();
});

it("logging out ends the picture, here and in every other window", async () => {
  await openLink();
  await live();
  const other = await page.context().newPage();
  await other.goto(base);
  await other.getByRole("heading", { name: "Front door" }).waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await loggedOut();
  await other.getByText("npx sensorium login-link").waitFor();
});

it("a password logs in too, once one was set", async () => {
  const { auth } = access;
  const login = await auth.accounts.exchangeLink(await auth.createLoginLink());
  if (!login) throw new Error("the link does not work");
  await auth.setPassword(login.principal, "correct horse battery");
  await page.goto(base);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").filter({ hasText: "not valid" }).waitFor();
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Log in" }).click();
  await live();
});
