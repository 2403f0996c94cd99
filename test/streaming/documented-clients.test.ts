import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestAuth } from "../../packages/server/src/serve/testing/auth.fixture.ts";
import { HandClock } from "../../packages/server/src/serve/testing/hand-clock.ts";
import { type Happening, posedPerson, poseFrame } from "../../packages/server/src/serve/testing/scripted-sensing.ts";
import { GOLDEN_MS, readGolden, StreamingFixture } from "../../packages/server/src/serve/testing/streaming.fixture.ts";
import { locate, PROGRAMS } from "../../packages/testkit/src/services/index.ts";
import { launchChromium } from "../browser/chromium.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const cleanup = new AsyncDisposableStack();
let fixture: StreamingFixture;
let token: string;
beforeAll(async () => {
  const clock = new HandClock(GOLDEN_MS);
  const access = cleanup.use(await TestAuth.open(clock));
  fixture = cleanup.use(await StreamingFixture.open({ clock, auth: access.auth }));
  token = await access.token();
});
afterAll(() => cleanup.disposeAsync());

function happeningOf(name: string, change: object = {}): Happening {
  const { type, data, timestamp, metadata } = readGolden(`server.${name}`);
  return { type, data: { ...data, ...change }, atMs: Date.parse(timestamp), source: metadata.source };
}

/** Lets everything happen that the client has asked for; its poses last. */
async function happens(): Promise<void> {
  const { sensing } = fixture;
  await sensing.until((each) => each.readers() === 1);
  sensing.record(happeningOf("system_event", { severity: "critical", message: "a camera is gone" }));
  sensing.record(happeningOf("activity_event"));
  sensing.show(poseFrame({ persons: [posedPerson(), posedPerson({ person: 2, score: 0.79 })] }));
}

/** What the page's handlers were called with, by their names. */
type Got = Readonly<Record<string, object[]>>;

it("the printed JavaScript client, its class unchanged, works in Chromium from a file", async () => {
  await using stack = new AsyncDisposableStack();
  const browser = await launchChromium();
  stack.defer(() => browser.close());
  const page = await browser.newPage();
  const given = new URLSearchParams({ url: fixture.url, token });
  await page.goto(new URL(`documented-client.html#${given}`, import.meta.url).href);
  await happens();
  await page.waitForFunction("got.onPoseData.length && got.onSystemEvent.length && got.onActivityEvent.length");
  const got = await page.evaluate<Got>("got");
  expect(got).toMatchObject({
    onPoseData: [{ environment_id: "room_001", persons: [{ person_id: 1, keypoints: { length: 17 } }] }],
    onSystemEvent: [{ event: "system_started", severity: "critical" }],
    onActivityEvent: [{ event_type: "fall_detected", person_id: 3 }],
    onError: [],
  });
});

/** Events are read from their log, and may come after the frame. */
const EXPECTED = [
  "Connected to WiFi-DensePose WebSocket",
  "FALL DETECTED: Person 3 at {'x': 210, 'y': 180}",
  "Received pose data: 1 persons detected",
  "System event: system_started - a camera is gone",
];

it("the printed Python client, its class unchanged, works with Debian's websockets", async () => {
  await fixture.sensing.until((sensing) => sensing.readers() === 0);
  const python = spawn(
    locate(PROGRAMS.pythonWebSockets),
    ["-Bu", here("run_documented_client.py"), fixture.url, token],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exited = once(python, "exit");
  const lines: string[] = [];
  const everything = happens();
  for await (const line of createInterface({ input: python.stdout })) {
    lines.push(line);
    if (lines.length === EXPECTED.length) await fixture.server[Symbol.asyncDispose]();
  }
  await everything;
  expect(await exited).toEqual([0, null]);
  expect(lines.toSorted()).toEqual(EXPECTED);
});
