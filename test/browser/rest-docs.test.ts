import { endpoints } from "@sensorium/protocol/rest";
import { expect, it } from "vitest";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { directoryOf, ScriptedCamera } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { launchChromium } from "./chromium.ts";

it("the page about the REST API shows every endpoint, and tries one, without anything from elsewhere", async () => {
  const cameras = directoryOf(new ScriptedCamera());
  await using server = await HttpServer.listen({ cameras, log: silentLog, pageFolder: "/nonexistent", port: 0 });
  await using browser = await launchChromium();
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
