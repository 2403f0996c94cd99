import type { FallEvent } from "@sensorium/protocol";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiFixture } from "../../packages/server/src/serve/testing/api.fixture.ts";
import { HandClock } from "../../packages/server/src/serve/testing/hand-clock.ts";
import { posedPerson, poseFrame } from "../../packages/server/src/serve/testing/scripted-sensing.ts";
import { alert, analytics, fall, occupancyChange } from "../../packages/server/src/storage/events.fixture.ts";
import { launchChromium } from "./chromium.ts";
import { buildPage, pageFolder } from "./page.ts";

const nowMs = new HandClock().now();
const MINUTE_MS = 60_000;
const cleanup = new AsyncDisposableStack();
let browser: Browser;
let rest: ApiFixture;
let base: string;

beforeAll(async () => {
  await buildPage();
  browser = cleanup.use(await launchChromium());
  rest = cleanup.use(await ApiFixture.open({ pageFolder }));
  base = `http://localhost:${rest.parts.server.port}`;
}, 60_000);
afterAll(() => cleanup.disposeAsync());

let page: Page;
let problems: string[];

/** Opens a view as somebody, as the first admin unless it is said who, at the time of the server. */
async function open(view: string, userId?: string): Promise<void> {
  const context = cleanup.use(await browser.newContext());
  const [name = "", value = ""] = (await rest.parts.access.cookie(rest.parts.server.port, userId)).split("=");
  await context.addCookies([{ name, value, url: base }]);
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  problems = [];
  page.on("pageerror", ({ message }) => problems.push(message));
  await page.clock.setFixedTime(nowMs);
  await page.goto(`${base}/#${view}`);
}

/** It is written down, and told. */
async function fell(change: Partial<FallEvent>): Promise<void> {
  const event = fall({ ...change, environment: "room_001", size: { width: 768, height: 432 } });
  await rest.parts.happened(event);
  rest.parts.sensing.record({
    type: "activity_event",
    data: {
      ...{ environment_id: "room_001", event_type: "fall_detected", severity: "high", person_id: event.person },
      ...{ track_id: event.track, confidence: event.confidence, location: null, details: {}, actions: [] },
    },
    source: { kind: "camera", id: "door", model: null, simulated: event.simulated },
    atMs: event.wallMs,
  });
}

const banner = () => page.getByRole("complementary", { name: "Falls that nobody has seen to" });
const rowOf = (table: string, text: string) =>
  page.getByRole("table", { name: table }).getByRole("row").filter({ hasText: text });
const card = (name: string) => page.getByRole("region", { name });

describe("an environment", () => {
  beforeAll(async () => {
    const minute = (startMs: number) => {
      const occupancy = { current: 2, average: 2, peak: 3, peakMs: startMs };
      const times = { startMs, endMs: startMs + MINUTE_MS, wallMs: startMs + MINUTE_MS };
      return analytics({ environment: "room_001", ...times, occupancy });
    };
    await rest.parts.happened(
      occupancyChange({ environment: "room_001", wallMs: nowMs - 30 * MINUTE_MS, current: 3 }),
      ...Array.from({ length: 30 }, (_, i) => minute(nowMs - (30 - i) * MINUTE_MS)),
      alert({ environment: "room_001", wallMs: nowMs - MINUTE_MS, message: "6 people are in the shop, 5 may be" }),
      alert({ environment: "ward_2", wallMs: nowMs - MINUTE_MS, message: "nobody's business here" }),
    );
    await open("view=environments");
  });
  afterAll(() => expect(problems).toEqual([]));

  it("shows who is seen now, what they do, and that they are simulated", async () => {
    const { sensing } = rest.parts;
    await sensing.until((all) => all.readers("room_001") === 1);
    const source = { kind: "camera", id: "door", model: "simulated", simulated: true } as const;
    const lying = posedPerson({ person: 2, activity: { type: "lying", confidence: 0.9 } });
    sensing.show(poseFrame({ source, persons: [posedPerson(), lying] }));
    const people = page.getByRole("list", { name: "Who is there, and what they do" });
    await people.getByText("Person 2").waitFor();
    expect(await people.innerText()).toMatch(/Person 1\s+walking\s+78 %\s+Person 2\s+lying\s+90 %/);
    await card("People seen now").getByText("Simulated", { exact: true }).waitFor();
  });

  it("shows how many people there were, and what happened there and not elsewhere", async () => {
    const occupancy = card("People over time");
    await occupancy.getByLabel("Span of time").selectOption("Last hour");
    await occupancy.getByRole("img", { name: "at most 3" }).waitFor();
    expect(await occupancy.innerText()).toMatch(/Recorded last\s+3\s+On average\s+3.0\s+At most\s+3/);
    await rowOf("What happened, newest first", "6 people are in the shop").waitFor();
    expect(await page.getByText("nobody's business here").count()).toBe(0);
  });

  it("tells of a router that was lost", async () => {
    rest.parts.sensing.record({
      type: "hardware_event",
      data: {
        ...{ environment_id: "room_001", event: "router_disconnected", router_id: "router_001", severity: "warning" },
        ...{ message: "The router has fallen silent", metadata: { last_seen: null, reconnect_attempts: 2 } },
      },
      source: { kind: "system", id: "room_001", model: null, simulated: false },
      atMs: nowMs,
    });
    await page.getByRole("list", { name: "What came and went" }).getByText("The router has fallen silent").waitFor();
  });

  it("is looked at no more when another one is chosen", async () => {
    await page.getByRole("navigation", { name: "Environments" }).getByRole("link", { name: "ward_2" }).click();
    await rest.parts.sensing.until((all) => all.readers("ward_2") === 1);
    await expect.poll(() => rest.parts.sensing.readers("room_001")).toBe(0);
  });
});

describe("a fall", () => {
  it("is on top of every view at once, until somebody says that they have seen to it", async () => {
    await open("view=developers");
    await page.getByText("Sockets of this server").waitFor();
    expect(await banner().count()).toBe(0);
    await fell({ camera: "door", person: 4, wallMs: nowMs - 5_000 });
    await banner().getByRole("alert").filter({ hasText: "Fall in room_001" }).waitFor();
    expect(await banner().innerText()).toMatch(/Person 4/);
    await expect.poll(() => page.title()).toBe("(1) Fall! Developers – Sensorium");
    await banner().getByRole("link", { name: "Review" }).click();
    const row = rowOf("Falls, newest first", "Person 4");
    await row.getByRole("img", { name: "50 % from the left, 50 % from the top" }).waitFor();
    expect(await row.innerText()).toMatch(/Lying for 5.0 s\s+Person 4\s+Front door\s+88 %\s+75 %/);
    await fell({ camera: "door", person: 4, wallMs: nowMs - 1_000, change: "recovered", durationMs: 12_000 });
    await row.getByText("Up again after 12 s").waitFor();
    await row.getByRole("button", { name: "Seen to" }).click();
    await row.getByText(/^admin, /).waitFor();
    expect(await banner().count()).toBe(0);
    await expect.poll(() => page.title()).toBe("room_001 – Sensorium");
    expect(problems).toEqual([]);
  });

  it("is shown to who may only look, who cannot say that it was seen to; and nobody hears of one elsewhere", async () => {
    await fell({ camera: "door", person: 7, wallMs: nowMs - 4_000, simulated: true });
    await rest.parts.happened(fall({ environment: "ward_2", person: 8, wallMs: nowMs - 3_000 }));
    await open("view=environments", await rest.parts.access.user({ scopes: ["read"], environments: ["room_001"] }));
    await banner().getByText("Simulated", { exact: true }).waitFor();
    await rowOf("Falls, newest first", "Person 7").waitFor();
    expect(await page.getByRole("button", { name: "Seen to" }).count()).toBe(0);
    expect(await page.content()).not.toMatch(/ward_2|Person 8/);
    expect(problems).toEqual([]);
  });

  it("that would not be told is said not to be, and who was there is not said to be there now", async () => {
    await rest.parts.server[Symbol.asyncDispose]();
    await page.getByRole("alert").filter({ hasText: "No connection: a fall would not be told here" }).waitFor();
    await page.getByText("No connection: nobody knows who is there now.").waitFor();
    expect(problems).toEqual([]);
  });
});
