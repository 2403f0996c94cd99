import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../observe/log.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf, pictureOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { TestClient } from "../testing/test-client.ts";
import type { HttpOptions } from "./options.ts";
import { HttpServer } from "./server.ts";

let folder: string;
let clock: HandClock;
let camera: ScriptedCamera;
let cleanup: AsyncDisposableStack;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorium-page-"));
  clock = new HandClock();
  camera = new ScriptedCamera();
  cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rmSync(folder, { recursive: true }));
});
afterEach(() => cleanup.disposeAsync());

async function serve(options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const cameras = directoryOf(camera);
  return cleanup.use(
    await HttpServer.listen({ cameras, clock, log: silentLog, pageFolder: folder, port: 0, ...options }),
  );
}

const get = (server: HttpServer, path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`);

/** A request whose Host header is not the address it goes to. */
function getAs(server: HttpServer, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port: server.port, host: "127.0.0.1", headers: { host } }, (reply) => {
      reply.resume();
      resolve(reply.statusCode ?? 0);
    });
    request.on("error", reject).end();
  });
}

describe("the page", () => {
  it("that has not been built says how to build it", async () => {
    const reply = await get(await serve(), "/");
    expect(reply.status).toBe(503);
    expect(await reply.text()).toContain("npm start");
  });

  it("is fetched anew, its hashed parts are kept, and neither can be embedded elsewhere", async () => {
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "assets", "index-abc.js"), "1;");
    const server = await serve();
    const [page, part] = [await get(server, "/"), await get(server, "/assets/index-abc.js")];
    expect(await page.text()).toContain("<title>page</title>");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(part.headers.get("cache-control")).toContain("immutable");
    for (const reply of [page, part]) {
      expect(reply.headers.get("content-security-policy")).toContain("default-src 'self'");
      expect(reply.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
      expect(reply.headers.get("server")).toBeNull();
    }
  });

  it.each(["/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.git/config", "/nothing", "/%zz"])(
    "does not answer %s with a file or a stack trace",
    async (path) => {
      writeFileSync(join(folder, "index.html"), "");
      const reply = await get(await serve(), path);
      expect([400, 403, 404]).toContain(reply.status);
      const body = await reply.json();
      expect(body).toMatchObject({ success: false, error: { message: expect.any(String) } });
      expect(JSON.stringify(body)).not.toMatch(/node_modules|\.ts:\d/);
    },
  );
});

describe("the cameras", () => {
  it("are listed with what is true of them now", async () => {
    camera.become({ state: "offline", reason: "10.0.0.7 refused the connection" });
    const reply = await get(await serve(), "/api/v1/cameras");
    const { success, data } = (await reply.json()) as { success: boolean; data: { cameras: unknown } };
    expect(success).toBe(true);
    expect(data.cameras).toEqual([JSON.parse(JSON.stringify(camera.status()))]);
  });

  it("give their newest picture, and encode nothing afterwards", async () => {
    const server = await serve();
    const asked = get(server, "/api/v1/cameras/door/picture.jpg");
    await camera.until(({ pictureReaders }) => pictureReaders === 1);
    camera.show(pictureOf(1, Buffer.from("jpeg")));
    const reply = await asked;
    expect(reply.headers.get("content-type")).toBe("image/jpeg");
    expect(await reply.text()).toBe("jpeg");
    expect(camera.pictureReaders).toBe(0);
  });

  it("that are offline say so instead of giving an old picture", async () => {
    camera.become({ state: "offline", reason: "10.0.0.7 refused the connection" });
    const reply = await get(await serve(), "/api/v1/cameras/door/picture.jpg");
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({
      error: { message: "Front door gives no picture: it is offline (10.0.0.7 refused the connection)" },
    });
  });

  it("that give nothing for five seconds say so", async () => {
    const server = await serve();
    const asked = get(server, "/api/v1/cameras/door/picture.jpg");
    await camera.until(({ pictureReaders }) => pictureReaders === 1);
    clock.advance(5_000);
    const reply = await asked;
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({ error: { message: "Front door gave no picture within 5 seconds" } });
  });

  it("that do not exist are named in the answer", async () => {
    const reply = await get(await serve(), "/api/v1/cameras/garage/picture.jpg");
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ error: { message: 'No camera has the id "garage"' } });
  });
});

describe("the main port", () => {
  it("serves only requests that name this machine", async () => {
    const server = await serve({ hosts: ["counter.shop.example"] });
    expect(await getAs(server, "rebound.example:8000")).toBe(403);
    expect(await getAs(server, "counter.shop.example")).toBe(503);
    await expect(
      TestClient.connect(`ws://127.0.0.1:${server.port}/live/v1`, { headers: { host: "rebound.example" } }),
    ).rejects.toThrow("403");
  });

  it("lets no other page use the page's protocol", async () => {
    const server = await serve();
    const connect = (origin: string) => TestClient.connect(`ws://127.0.0.1:${server.port}/live/v1`, { origin });
    await expect(connect("https://evil.example")).rejects.toThrow("403");
    await expect(connect("http://localhost:3000")).rejects.toThrow("403");
    await cleanup.use(await connect(`http://127.0.0.1:${server.port}`)).next("cameras");
  });

  it.each(["/", "/ws/v1", "/live/v2"])("serves no WebSocket protocol at %s", async (path) => {
    await expect(TestClient.connect(`ws://127.0.0.1:${(await serve()).port}${path}`)).rejects.toThrow("404");
  });

  it("does not leave this machine without tokens", async () => {
    await expect(serve({ host: "0.0.0.0" })).rejects.toMatchObject({
      code: "config-invalid",
      message: "Without tokens the page listens on this machine only, not on 0.0.0.0",
    });
  });

  it("that is taken is refused with a sentence naming it", async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program`);
  });

  it("says goodbye with 1001 and gives the port back", async () => {
    const server = await serve();
    const { port } = server;
    const client = cleanup.use(await TestClient.connect(`ws://127.0.0.1:${port}/live/v1`));
    await client.next("cameras");
    await server[Symbol.asyncDispose]();
    expect((await client.closed).code).toBe(1001);
    await serve({ port });
  });
});
