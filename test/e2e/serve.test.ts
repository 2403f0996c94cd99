import {
  hasSharedData,
  Listener,
  ServerProcess,
  sharedData,
  temporaryFolder,
  temporaryHome,
  watchPage,
} from "@sensorium/testkit";
import { describe, expect, it } from "vitest";

/** Lines that the simulated people keep crossing. */
const lines = [0.25, 0.35, 0.45, 0.55, 0.65, 0.75].flatMap((x, i) => ["--line", `line${i}=${x},0,${x},1`]);
const room = ["simulated:4", ...lines];

const crossingIds = (listener: Listener): string[] =>
  listener
    .of("event")
    .map((message) => message.event as { type: string; id: string })
    .filter(({ type }) => type === "crossing")
    .map(({ id }) => id);

const counted = (message: Readonly<Record<string, unknown>>): number => {
  const { in: cameIn, out } = message as { in: number; out: number };
  return cameIn + out;
};

describe("a server that is killed", () => {
  it("has, after the restart, the counts of the crossings it had sent: none lost, none twice", {
    timeout: 120_000,
  }, async () => {
    await using home = await temporaryHome();
    const sent = new Set<string>();
    for (let life = 1; life <= 2; life++) {
      await using server = await ServerProcess.start([...room, "--home", home.path], { SENSORIUM_LOG: "error" });
      using page = await watchPage(server, { pictures: false });
      const first = await page.find(({ type }) => type === "counts");
      expect(counted(first)).toBe(sent.size);
      await page.until(() => crossingIds(page).length >= 2);
      await server.kill("SIGKILL");
      for (const id of crossingIds(page)) sent.add(id);
    }
    await using server = await ServerProcess.start([...room, "--home", home.path], { SENSORIUM_LOG: "error" });
    using counter = await Listener.connect(`ws://127.0.0.1:${server.counterPort}`);
    const stats = await counter.find(({ type }) => type === "stats");
    const { count_in, count_out } = stats.data as { count_in: number; count_out: number };
    expect(count_in + count_out).toBe(sent.size);
  });
});

describe("a server without a source", () => {
  it("shows a simulated room and says so, with its state kept apart", { timeout: 60_000 }, async () => {
    await using home = await temporaryFolder();
    await using server = await ServerProcess.start(["--home", home.path], { SENSORIUM_LOG: "error" });
    using page = await watchPage(server, { pictures: true });
    const { cameras } = (await page.find(({ type }) => type === "cameras")) as unknown as {
      cameras: { simulated: boolean }[];
    };
    expect(cameras).toMatchObject([{ simulated: true }]);
    await page.until(() => page.pictures.length > 3 && page.of("tracks").length > 3);
    const { readdir } = await import("node:fs/promises");
    expect(await readdir(home.path)).toEqual(["simulated"]);
    expect(await server.kill("SIGTERM")).toBe(0);
  });
});

describe.runIf(hasSharedData)("a server on a real video", () => {
  const video = sharedData("video/one-by-one-person-detection.mp4");
  const model = ["--model", sharedData("models/detect/yolox_nano.onnx")];

  it("gives the page pictures and tracks, and the counter annotated frames at the source's rate", {
    timeout: 60_000,
  }, async () => {
    await using home = await temporaryHome();
    await using server = await ServerProcess.start([video, ...model, "--home", home.path], { SENSORIUM_LOG: "error" });
    using counter = await Listener.connect(`ws://127.0.0.1:${server.counterPort}`);
    using page = await watchPage(server, { pictures: true });
    await page.until(
      () => page.of("tracks").some(({ ids }) => (ids as number[]).length > 0) && page.pictures.length > 10,
    );
    const from = Date.now();
    const before = counter.of("frame").length;
    await counter.until(() => counter.of("frame").length >= before + 20);
    const perSecond = (20 * 1000) / (Date.now() - from);
    expect(perSecond).toBeGreaterThan(5);
    expect(perSecond).toBeLessThan(15);
    const [frame] = counter.of("frame");
    expect(Buffer.from(String(frame?.data), "base64").subarray(0, 2).toString("hex")).toBe("ffd8");
  });
});

describe("a server whose camera cannot be reached", () => {
  it("stays up, says why, and never shows the password", { timeout: 60_000 }, async () => {
    await using home = await temporaryHome();
    await using server = await ServerProcess.start(["rtsp://user:secret@127.0.0.1:9/cam", "--home", home.path]);
    using page = await watchPage(server, { pictures: false });
    const offline = await page.find(
      ({ type, status }) => type === "status" && (status as { state: string }).state === "offline",
    );
    expect(offline.status).toMatchObject({
      source: "rtsp://127.0.0.1:9/cam",
      reason: "rtsp://127.0.0.1:9/cam refused the connection",
    });
    expect(JSON.stringify(page.messages)).not.toContain("secret");
    expect(server.log).not.toContain("secret");
  });

  it("stays up when the file turns out not to be a video", { timeout: 60_000 }, async () => {
    await using home = await temporaryHome();
    await using server = await ServerProcess.start(["package.json", "--home", home.path]);
    using page = await watchPage(server, { pictures: false });
    const offline = await page.find(
      ({ type, status }) => type === "status" && (status as { state: string }).state === "offline",
    );
    expect(offline.status).toMatchObject({ reason: "package.json is not a video that can be read" });
  });
});
