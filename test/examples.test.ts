import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { LogQuery } from "../packages/server/src/serve/streaming/source.ts";
import { ApiFixture } from "../packages/server/src/serve/testing/api.fixture.ts";
import { TestAuth } from "../packages/server/src/serve/testing/auth.fixture.ts";
import { HandClock } from "../packages/server/src/serve/testing/hand-clock.ts";
import { type Happening, poseFrame, ScriptedSensing } from "../packages/server/src/serve/testing/scripted-sensing.ts";
import { GOLDEN_MS, readGolden, StreamingFixture } from "../packages/server/src/serve/testing/streaming.fixture.ts";
import { fall, pose } from "../packages/server/src/storage/events.fixture.ts";
import { launchChromium } from "./browser/chromium.ts";

const examples = fileURLToPath(new URL("../examples/", import.meta.url));
const PASSWORD = "correct horse battery";
const ROOM = "default";

/** Says when somebody begins to read, which each example is the only one to do. */
class ReadSensing extends ScriptedSensing {
  readonly #begun = { poses: Promise.withResolvers<void>(), events: Promise.withResolvers<void>() };

  override async *poses(environment: string, signal: AbortSignal) {
    this.#begun.poses.resolve();
    yield* super.poses(environment, signal);
  }

  override async *events(query: LogQuery, signal: AbortSignal) {
    this.#begun.events.resolve();
    yield* super.events(query, signal);
  }

  /** The next time. */
  async begun(what: "poses" | "events"): Promise<void> {
    await this.#begun[what].promise;
    this.#begun[what] = Promise.withResolvers();
  }
}

/** One of the examples, running. */
class Example {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #lines: string[] = [];
  #wake: (() => void) | undefined;

  constructor(port: number, [name = "", ...args]: readonly string[]) {
    const address = `http://127.0.0.1:${port}`;
    this.#child = spawn(process.execPath, [join(examples, name), address, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    cleanup.defer(() => this.stop());
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output.setEncoding("utf8").on("data", (printed: string) => {
        this.#lines.push(...printed.trim().split("\n"));
        this.#wake?.();
      });
    }
  }

  get hasPrinted(): boolean {
    return this.#lines.length > 0;
  }

  /** The next line it prints. */
  async prints(): Promise<string> {
    while (!this.hasPrinted) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#lines.shift() ?? "";
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await once(this.#child, "close");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, "exit");
  }
}

/** One of those that follow what happens. */
const following = (...command: readonly string[]): Example => new Example(server.server.port, command);
/** One of those that ask the REST API. */
const asking = (...command: readonly string[]): Example => new Example(rest.parts.server.port, command);

const folder = mkdtempSync(join(tmpdir(), "sensorium-examples-"));
const clock = new HandClock(GOLDEN_MS);
const sensing = new ReadSensing([ROOM]);
let access: TestAuth;
let server: StreamingFixture;
let token: string;
let rest: ApiFixture;
let operator: string;
let cleanup = new AsyncDisposableStack();

beforeAll(async () => {
  access = await TestAuth.open(clock);
  server = await StreamingFixture.open({ clock, sensing, auth: access.auth });
  const { accounts } = access.auth;
  const link = await accounts.exchangeLink(await access.auth.createLoginLink());
  if (!link) throw new Error("the link does not work");
  await access.auth.setPassword(link.principal, PASSWORD);
  ({ key: token } = await access.key(["read"]));
  rest = await ApiFixture.open();
  ({ key: operator } = await rest.parts.access.key(["operate"]));
});
afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});
afterAll(async () => {
  await rest[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function record(name: string, change: object = {}): void {
  const { type, data, timestamp, metadata } = readGolden(`server.${name}`);
  const atMs = Date.parse(timestamp);
  sensing.record({ type, data: { ...data, ...change }, atMs, source: metadata.source } as Happening, ROOM);
}

/** Shows frames until the example has something to say. */
async function show(example: Example): Promise<string> {
  await sensing.begun("poses");
  while (!example.hasPrinted) {
    sensing.show(poseFrame(), ROOM);
    clock.advance(40);
    await new Promise(setImmediate);
  }
  return example.prints();
}

it("watch-poses says who is there and what they do", async () => {
  expect(await show(following("watch-poses.mjs", token))).toBe("default: 1 walking");
});

it("falls-to-webhook tells a phone", async () => {
  const told: string[] = [];
  const phone = createServer(async (request, reply) => {
    told.push(await text(request));
    reply.end();
  }).listen(0, "127.0.0.1");
  cleanup.defer(() => void phone.close());
  await once(phone, "listening");
  const example = following("falls-to-webhook.mjs", token, `http://127.0.0.1:${(phone.address() as AddressInfo).port}`);
  await sensing.begun("events");
  record("activity_event", { person_id: 3 });
  record("activity_event", { event_type: "activity_changed" });
  record("activity_event", { event_type: "fall_recovered", person_id: 3 });
  expect(await example.prints()).toBe("Person 3 has fallen");
  expect(await example.prints()).toBe("Person 3 is up again");
  expect(told[0]).toBe("Person 3 has fallen");
});

it("zone-occupancy says how many are in the zone", async () => {
  const example = following("zone-occupancy.mjs", token, "queue");
  await sensing.begun("events");
  record("occupancy_update", { zone_id: "door" });
  record("occupancy_update", { zone_id: "queue", current_occupancy: 4, previous_occupancy: 3 });
  expect(await example.prints()).toBe("queue: 4 (was 3)");
});

it("resume leaves nothing out, whenever it is stopped", async () => {
  const args = ["resume.mjs", token, join(folder, "position.json")] as const;
  const first = following(...args);
  await sensing.begun("events");
  for (const event_type of ["activity_changed", "fall_suspected"]) {
    record("activity_event", { event_type });
    expect(await first.prints()).toContain(event_type);
  }
  await first.stop();
  record("activity_event", { event_type: "fall_detected" });
  record("activity_event", { event_type: "fall_recovered" });
  const second = following(...args);
  const printed = [await second.prints(), await second.prints()];
  // Stopped between saying it and writing it down, the first one says its last event again.
  if (printed[0]?.endsWith("fall_suspected")) printed.push(await second.prints());
  expect(printed.slice(-2)).toEqual([
    expect.stringMatching(/fall_detected$/),
    expect.stringMatching(/fall_recovered$/),
  ]);
});

it("messagepack says how many frames come", async () => {
  expect(await show(following("messagepack.mjs", token))).toMatch(/^\d+ frames a second, \d+ ms old, \d+ dropped$/);
});

it("login goes on by a password, and says how the connection is", async () => {
  const example = following("login.mjs", "admin", PASSWORD);
  expect(await example.prints()).toBe("connected as desk");
  expect(await show(example)).toBe("1 people");
});

it("unseen-falls says which nobody has seen to, once", async () => {
  const [day, hour, minute] = [86_500_000, 3_600_000, 60_000].map((ms) => Date.now() - ms);
  const fallen = [day, hour, minute].map((wallMs) => fall({ environment: "ward_2", camera: "bed", wallMs }));
  await rest.parts.happened(...fallen, fall({ change: "suspected", environment: "ward_2", wallMs: minute }));
  const example = asking("unseen-falls.mjs", operator);
  for (const wallMs of [minute, hour]) {
    expect(await example.prints()).toBe(`${new Date(wallMs ?? 0).toISOString()} in ward_2`);
  }
  await example.ended();
  const again = asking("unseen-falls.mjs", operator);
  await again.ended();
  expect([example.hasPrinted, again.hasPrinted]).toEqual([false, false]);
});

it("poses-to-csv makes a table of who stood where", async () => {
  const wallMs = Date.parse("2026-03-14T09:00:00Z");
  await rest.parts.history.addPoses([pose({ camera: "door", environment: "room_001", person: 7, wallMs })]);
  const example = asking("poses-to-csv.mjs", operator, "2026-03-14T08:00:00Z", "2026-03-14T10:00:00Z");
  expect(await example.prints()).toBe("time,camera,person,x,y");
  expect(await example.prints()).toMatch(/^2026-03-14T09:00:00.000Z,door,7,[\d.]+,[\d.]+$/);
  const ofTheLastHour = asking("poses-to-csv.mjs", operator);
  expect(await ofTheLastHour.prints()).toBe("time,camera,person,x,y");
  await ofTheLastHour.ended();
});

it("set-confidence says what has changed, or why nothing has", async () => {
  const say = (confidence: string) => asking("set-confidence.mjs", operator, "ward_2", confidence).prints();
  expect(await say("0.4")).toBe("changed: detection.confidence_threshold");
  expect(await say("1.5")).toMatch(/confidence_threshold.* VALIDATION_ERROR detection.confidence_threshold$/);
});

it("browser draws on a page of another server", async () => {
  const outDir = join(folder, "page");
  await build({ root: join(examples, "browser"), build: { outDir, target: "esnext" }, base: "./", logLevel: "error" });
  const page = createServer(async ({ url = "" }, reply) => {
    const path = url.split("?")[0] === "/" ? "/index.html" : url;
    const type = extname(path) === ".js" ? "text/javascript" : "text/html";
    reply.writeHead(200, { "content-type": type }).end(await readFile(join(outDir, path)).catch(() => ""));
  }).listen(0, "127.0.0.1");
  cleanup.defer(() => void page.close());
  await once(page, "listening");
  const browser = await launchChromium();
  cleanup.defer(() => browser.close());
  const tab = await browser.newPage();
  const address = `http://127.0.0.1:${server.server.port}`;
  await tab.goto(`http://127.0.0.1:${(page.address() as AddressInfo).port}/?server=${address}#token=${token}`);
  await sensing.begun("poses");
  sensing.show(poseFrame(), ROOM);
  await tab.getByText("1 in default").waitFor();
  const drawn = await tab.evaluate(() => {
    const { data } = document.querySelector("canvas")?.getContext("2d")?.getImageData(0, 0, 768, 432) ?? { data: [] };
    return data.filter((_, i) => i % 4 === 3).some((alpha) => alpha > 0);
  });
  expect(drawn).toBe(true);
});

const EXAMPLES = [
  ...["falls-to-webhook", "login", "messagepack", "poses-to-csv", "resume", "set-confidence", "unseen-falls"],
  ...["watch-poses", "zone-occupancy"],
];

it("every example is among these", () => {
  expect(readdirSync(examples).sort()).toEqual(["browser", ...EXAMPLES.map((name) => `${name}.mjs`)]);
});

it.each([
  ["streaming-client", 5],
  ["rest-client", 3],
])("the documentation shows what these run: %s", async (name, least) => {
  const page = await readFile(new URL(`../docs/${name}.md`, import.meta.url), "utf8");
  const snippets = Array.from(page.matchAll(/^```js example=(\S+)\n(.*?)^```$/gms));
  expect(snippets.length).toBeGreaterThanOrEqual(least);
  for (const [, example, snippet = ""] of snippets) {
    expect(await readFile(join(examples, `${example}.mjs`), "utf8")).toContain(snippet);
  }
});
