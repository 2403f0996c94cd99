import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Listener, ServerProcess, temporaryFolder, watchPage } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface CameraRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly zones: readonly { readonly id: string; readonly occupancy: number }[];
  readonly lines: readonly { readonly id: string }[];
  readonly totals: { readonly stateChanges: number };
}

const file = `# The shop.
server: {origins: ["https://shop.example"]}
cameras:
  hall: # by the stairs
    name: Hall
    source: {kind: simulated, seed: 4}
    lines: {left: '0.35,0,0.35,1'}
`;
const everywhere = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

let cleanup: AsyncDisposableStack;
let server: ServerProcess;
let path: string;

beforeAll(async () => {
  cleanup = new AsyncDisposableStack();
  const home = cleanup.use(await temporaryFolder());
  path = join(home.path, "sensorium.yaml");
  await writeFile(path, file);
  server = cleanup.use(
    await ServerProcess.start(["--config", path, "--home", join(home.path, "state")], { SENSORIUM_LOG: "warn" }),
  );
}, 60_000);
afterAll(() => cleanup.disposeAsync());

async function ask(method: string, address: string, body?: unknown, headers: Record<string, string> = {}) {
  const reply = await fetch(`http://127.0.0.1:${server.port}/api/v1/${address}`, {
    method,
    headers: {
      ...server.headers,
      origin: `http://127.0.0.1:${server.port}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as { data?: unknown; error?: { message: string } } };
}

const cameras = async (): Promise<readonly CameraRow[]> =>
  ((await ask("GET", "cameras")).body.data as { cameras: CameraRow[] }).cameras;

/** The cameras once they are as wanted. */
async function camerasOnce(wanted: (rows: readonly CameraRow[]) => boolean): Promise<readonly CameraRow[]> {
  for (;;) {
    const rows = await cameras();
    if (wanted(rows)) return rows;
    await pause(50);
  }
}

describe("a server with a configuration file", { timeout: 30_000 }, () => {
  it("runs the file's cameras, and follows the file while it runs", async () => {
    expect(await cameras()).toMatchObject([{ id: "hall", name: "Hall", lines: [{ id: "left" }] }]);
    await writeFile(path, `${file}  yard: {source: {kind: simulated, seed: 5}}\n`);
    await camerasOnce((rows) => rows.map(({ id }) => id).join() === "hall,yard");
  });

  it("lets pages ask over REST whose origin is in the file", async () => {
    const headers = { origin: "https://shop.example", "access-control-request-method": "GET" };
    const reply = await fetch(`http://127.0.0.1:${server.port}/api/v1/cameras`, { method: "OPTIONS", headers });
    expect([reply.status, reply.headers.get("access-control-allow-origin")]).toEqual([204, "https://shop.example"]);
  });

  it("goes on as before when the file is broken, and says where", async () => {
    const before = await readFile(path, "utf8");
    await writeFile(path, `${before}  celar: {sorce: x}\n`);
    while (!server.log.includes("cannot be used")) await pause(50);
    expect(server.log).toContain("did you mean source?");
    expect((await cameras()).map(({ id }) => id)).toEqual(["hall", "yard"]);
    await writeFile(path, before);
  });

  it("takes a zone over REST without interrupting the camera, and writes it down with all comments kept", async () => {
    const [before] = await camerasOnce(([first]) => first?.state === "online");
    using page = await watchPage(server, { pictures: false });
    const { status } = await ask("PUT", "cameras/hall/zones/floor", everywhere);
    expect(status).toBe(200);
    const [hall] = await camerasOnce(([first]) => (first?.zones[0]?.occupancy ?? 0) > 0);
    expect(hall).toMatchObject({ zones: [{ id: "floor" }], totals: { stateChanges: before?.totals.stateChanges } });
    const text = await readFile(path, "utf8");
    expect(text).toContain("# The shop.");
    expect(text).toContain("# by the stairs");
    expect(text).toContain("floor:");
    const entered = await page.find(({ type, event }) => type === "event" && (event as Event).type === "zone-entered");
    expect(entered.event).toMatchObject({ zone: "floor", simulated: true, className: "person" });
  });

  it("tells over REST what the file says of cameras, but for their sources, and its version", async () => {
    const { status, body } = await ask("GET", "configuration");
    expect({ status, ...body }).toMatchObject({
      status: 200,
      data: {
        fixed: null,
        cameras: { hall: { name: "Hall", lines: { left: "0.35,0,0.35,1" } } },
        models: ["centernet"],
      },
    });
    expect(JSON.stringify(body)).not.toContain("seed");
    const { version } = body.data as { version: string };
    const change = await ask("PUT", "cameras/hall/lines/right", "0.6,0,0.6,1", { "if-match": `"${version}"` });
    expect(change.status).toBe(200);
    expect(await ask("DELETE", "cameras/hall/lines/right", undefined, { "if-match": `"${version}"` })).toMatchObject({
      status: 409,
    });
    expect((await ask("DELETE", "cameras/hall/lines/right")).status).toBe(200);
  });

  it("refuses over REST what could not be used, and leaves the file alone", async () => {
    const before = await readFile(path, "utf8");
    const line = await ask("PUT", "cameras/hall/lines/left", "0.5,0,0.5,0");
    expect(line).toMatchObject({ status: 422, body: { error: { message: expect.stringContaining("same point") } } });
    const nowhere = await ask("PUT", "cameras/attic/lines/left", "0.5,0,0.5,1");
    expect(nowhere).toMatchObject({ status: 422, body: { error: { message: expect.stringContaining("attic") } } });
    const stale = await ask("DELETE", "cameras/yard", undefined, { "if-match": '"something-else"' });
    expect(stale).toMatchObject({ status: 409 });
    expect(await readFile(path, "utf8")).toBe(before);
  });

  it("adds a camera and takes one out over REST, and both outlast a restart", async () => {
    expect((await ask("PUT", "cameras/attic", { source: { kind: "simulated", seed: 6 } })).status).toBe(200);
    expect((await ask("DELETE", "cameras/yard")).status).toBe(200);
    expect((await cameras()).map(({ id }) => id)).toEqual(["hall", "attic"]);
    expect(await readFile(path, "utf8")).not.toContain("yard");
  });

  it("tells whoever listens to everything what happens in an environment that comes, from its first event", async () => {
    using client = await Listener.connect(`ws://127.0.0.1:${server.port}/ws/v1`, server.headers);
    const types = ["hardware_event", "system_event", "tracking_update", "pose_data"];
    client.send({ type: "subscribe", data: { subscriptions: types.map((event_type) => ({ event_type })) } });
    await client.until(() => client.of("ack").length > 0);
    const camera = { source: { kind: "simulated", seed: 7 }, environment: "cellar" };
    expect((await ask("PUT", "cameras/cellar", camera)).status).toBe(200);
    const told = (type: string) => client.of(type).map(({ data }) => data as Record<string, unknown>);
    const cellar = (type: string) => told(type).filter(({ environment_id }) => environment_id === "cellar");
    await client.until(() => cellar("pose_data").length > 0 && cellar("tracking_update").length > 0);
    expect(cellar("hardware_event")[0]).toMatchObject({ event: "camera_connecting", camera_id: "cellar" });
    const configuration = expect.objectContaining({ environment_id: "cellar" });
    expect(told("system_event")).toContainEqual(expect.objectContaining({ event: "system_started", configuration }));
  });
});

describe("a server with --tls", () => {
  it("serves the page by https:// only, with a certificate that it keeps", { timeout: 60_000 }, async () => {
    await using home = await temporaryFolder();
    const start = () => fingerprint(["simulated:1", "--home", home.path, "--tls"]);
    const first = await start();
    expect(first).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(await start()).toBe(first);
  });
});

/** Starts a server, asks it for its health by https, stops it, and returns its certificate's fingerprint. */
async function fingerprint(args: readonly string[]): Promise<string> {
  await using secure = await ServerProcess.start(args, { SENSORIUM_LOG: "error" });
  const { connect } = await import("node:tls");
  const socket = connect({ port: secure.port, host: "127.0.0.1", rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  return fingerprint256;
}
