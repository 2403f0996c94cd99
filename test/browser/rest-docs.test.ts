import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { endpoints } from "@sensorium/protocol/rest";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { TestAuth } from "../../packages/server/src/serve/testing/auth.fixture.ts";
import { HandClock } from "../../packages/server/src/serve/testing/hand-clock.ts";
import { directoryOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { launchChromium } from "./chromium.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const options = { cameras: directoryOf(new ScriptedCamera()), log: silentLog, pageFolder: "/nonexistent", port: 0 };

it("the page about the REST API shows every endpoint, and tries one, without anything from elsewhere", async () => {
  await using server = await HttpServer.listen(options);
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== `localhost:${server.port}`) complaints.push(request.url());
  });
  await page.goto(`http://localhost:${server.port}/api/v1/docs#cameras`);
  const tried = page.locator("#cameras");
  await tried.getByRole("button", { name: "Send" }).click();
  await tried.getByText("Front door").waitFor();
  expect(await page.locator("details").count()).toBe(Object.keys(endpoints).length);
  await page.getByText("Tell an environment otherwise").click();
  await page.getByText("confidence_threshold?: number | null").waitFor();
  expect(complaints).toEqual([]);
}, 60_000);

/** The status that a page at `origin` sees; null where its browser shows it nothing. */
async function askFrom(
  origin: string,
  url: string,
  init: { headers: Record<string, string>; credentials?: "include" },
) {
  await using page = await browser.newPage();
  await page.goto(origin);
  return await page.evaluate(
    ([address, sent]) =>
      fetch(address, sent).then(
        ({ status }) => status,
        () => null,
      ),
    [url, init] as const,
  );
}

it("pages of the origins that may ask see answers to their tokens, and others see nothing", async () => {
  await using stack = new AsyncDisposableStack();
  const elsewhere = createServer((_, reply) => reply.setHeader("content-type", "text/html").end()).listen(0);
  stack.defer(() => void elsewhere.close());
  await once(elsewhere, "listening");
  const { port } = elsewhere.address() as AddressInfo;
  const clock = new HandClock();
  const access = stack.use(await TestAuth.open(clock));
  const origins = [`http://127.0.0.1:${port}`];
  const server = stack.use(await HttpServer.listen({ ...options, clock, auth: access.auth, origins }));
  const url = `http://127.0.0.1:${server.port}/api/v1/cameras`;
  const init = { headers: { "x-api-key": (await access.key(["read"])).key } };
  expect(await askFrom(`http://127.0.0.1:${port}`, url, init)).toBe(200);
  expect(await askFrom(`http://127.0.0.1:${port}`, url, { ...init, credentials: "include" })).toBeNull();
  expect(await askFrom(`http://localhost:${port}`, url, init)).toBeNull();
}, 60_000);
