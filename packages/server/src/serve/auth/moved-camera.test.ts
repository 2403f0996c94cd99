import { live } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../observe/log.ts";
import { CounterServer } from "../counter/server.ts";
import { HttpServer } from "../http/server.ts";
import { TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf, pictureOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { TestClient } from "../testing/test-client.ts";

let clock: HandClock;
let access: TestAuth;
let camera: ScriptedCamera;
/** Stays in the shop. */
let door: ScriptedCamera;
let cleanup: AsyncDisposableStack;
/** Of a program that is limited to the shop. */
let limited: string;
/** Of one that sees everything. */
let full: string;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  clock = new HandClock();
  access = cleanup.use(await TestAuth.open(clock));
  camera = new ScriptedCamera("till", "shop");
  door = new ScriptedCamera("door", "shop");
  limited = (await access.key(["read"], { environments: ["shop"] })).key;
  full = (await access.key(["read"])).key;
});
afterEach(() => cleanup.disposeAsync());

async function mainPort(): Promise<number> {
  const cameras = directoryOf(camera, door);
  const options = { clock, log: silentLog, pageFolder: "/nonexistent", port: 0 };
  return cleanup.use(await HttpServer.listen({ ...options, cameras, auth: access.auth })).port;
}

async function counterPort(): Promise<number> {
  const options = { zone: "UTC", clock, log: silentLog, port: 0, tokens: { auth: access.auth, onLoopback: true } };
  return cleanup.use(await CounterServer.listen({ ...options, camera })).port;
}

const join = async (address: string, key: string): Promise<TestClient> =>
  cleanup.use(await TestClient.connect(`ws://127.0.0.1:${address}?token=${key}`));

async function watching(port: number, key: string): Promise<TestClient> {
  const page = await join(`${port}/live/v1`, key);
  page.send({ type: "watch", camera: "till", pictures: true });
  await page.next("status");
  return page;
}

describe("a camera that is moved to another environment", () => {
  it("is shown on the pages of those who see that one, and on no others", async () => {
    const port = await mainPort();
    const [page, other] = [await watching(port, limited), await watching(port, full)];
    await page.next("cameras");
    camera.show(pictureOf(1));
    await page.nextBinary();
    await other.nextBinary();
    camera.environment = "ward";
    camera.show(pictureOf(2));
    await other.nextBinary();
    clock.advance(500);
    // What was sent before the list has come before it.
    expect(await page.next("cameras")).toMatchObject({ cameras: [{ id: "door" }] });
    expect(page.drain("status")).toEqual([]);
    page.send({ type: "watch", camera: "till", pictures: true });
    expect(await page.next("error")).toMatchObject({ message: 'No camera has the id "till"' });
    page.send({ type: "watch", camera: "door", pictures: true });
    await door.until(({ pictureReaders }) => pictureReaders === 1);
    door.show(pictureOf(7));
    expect(live.decodePicture(await page.nextBinary()).sequence).toBe(7);
  });

  it("makes nothing for a page that may not see it any more", async () => {
    await watching(await mainPort(), limited);
    await camera.until(({ pictureReaders, trackReaders }) => pictureReaders === 1 && trackReaders === 1);
    camera.environment = "ward";
    clock.advance(500);
    await camera.until(({ pictureReaders, trackReaders }) => pictureReaders === 0 && trackReaders === 0);
  });

  it("closes the people counter to those who do not see that environment, and not to others", async () => {
    const port = await counterPort();
    const [client, other] = [await join(`${port}`, limited), await join(`${port}`, full)];
    await Promise.all([client.next("stats"), other.next("stats")]);
    camera.environment = "ward";
    camera.show(pictureOf(1));
    await other.next("frame");
    expect(await client.closed).toMatchObject({ code: 4001 });
    expect(client.drain("frame")).toEqual([]);
    clock.advance(500);
    await other.next("stats");
    await expect(join(`${port}`, limited)).rejects.toThrow("403");
  });

  it("gives no picture to somebody who asked for it while it was theirs", async () => {
    const url = `http://127.0.0.1:${await mainPort()}/api/v1/cameras/till/picture.jpg`;
    const asked = fetch(url, { headers: { "x-api-key": limited } });
    await camera.until(({ pictureReaders }) => pictureReaders === 1);
    camera.environment = "ward";
    camera.show(pictureOf(1));
    expect((await asked).status).toBe(403);
  });
});
