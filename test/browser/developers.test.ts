import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { directoryOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { ScriptedSensing } from "../../packages/server/src/serve/testing/scripted-sensing.ts";
import { launchChromium } from "./chromium.ts";
import { buildPage, pageFolder } from "./page.ts";

const cleanup = new AsyncDisposableStack();
let browser: Browser;
let server: HttpServer;
const body = JSON.stringify({ type: "update-row" });
const where = { id: "a1", sink: "me@postgresql://192.0.2.9:5432/site", atMs: 1_773_480_000_000 };
const refusedActions = async () => [{ ...where, body, reason: "column year does not exist" }];

beforeAll(async () => {
  await buildPage();
  browser = cleanup.use(await launchChromium());
  const shown = { cameras: directoryOf(new ScriptedCamera()), streaming: { source: new ScriptedSensing() } };
  const options = { ...shown, log: silentLog, pageFolder, port: 0, counterPort: () => 8765, refusedActions };
  server = cleanup.use(await HttpServer.listen(options));
}, 60_000);
afterAll(() => cleanup.disposeAsync());

it("who writes a program finds the documents, the sockets of this server, and a program that runs as it stands", async () => {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  const at = `localhost:${server.port}`;
  await page.goto(`http://${at}/#view=developers`);
  const address = (of: string) => page.getByRole("region", { name: `Address of the ${of}` });
  expect(await address("Streaming API").innerText()).toBe(`ws://${at}/ws/v1`);
  expect(await address("People counter").innerText()).toBe("ws://localhost:8765/");
  await page.getByText("Not served here.").waitFor();
  await page.getByText("No bundle has given this server anything to do").waitFor();
  const refused = page.getByRole("table", { name: "Refused actions, newest first" });
  expect(await refused.innerText()).toMatch(/A change of a row\s+me@postgresql.*site\s+column year does not exist/);
  for (const link of await page.getByRole("main").getByRole("link").all()) {
    const href = new URL((await link.getAttribute("href")) ?? "", page.url()).href;
    expect([href, (await fetch(href)).status]).toEqual([href, 200]);
  }
  await page.getByRole("button", { name: "Copy: JavaScript, with nothing" }).click();
  await page.getByRole("status").filter({ hasText: "Copied" }).waitFor();
  const program = await page.evaluate(() => navigator.clipboard.readText());
  const { promise: heard, resolve: log } = Promise.withResolvers<unknown>();
  new Function("console", program.replace("sensorium_key_…", "nobody-asks"))({ log });
  expect(await heard).toMatchObject({ type: "connection_status" });
  expect(problems).toEqual([]);
});
