import { type Behaviour, freePort, RtspServer, ScriptedServer } from "@sensorium/testkit";
import { makeClip, type Paint, ramp } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, failureOf, rtsp, take, watchSource } from "./captures.ts";

const SIZE = { width: 320, height: 180 };
const SECRET = "admin:s3cret";
/** Long enough for any answer that comes at all. */
const SHORT_MS = 700;
/** Making clips takes a busy machine its time. */
const SLOW_MS = 60_000;

/** One and the same picture before the frame of this number, and others from then on. */
const stillUntil =
  (end: number): Paint =>
  (canvas, index) =>
    ramp(canvas, Math.max(0, index - end));

const bench = new Bench();
let server: RtspServer;

beforeAll(async () => {
  const clip = { fps: 15, size: SIZE };
  server = await RtspServer.launch({
    door: await makeClip({ ...clip, path: bench.path("door.mp4"), seconds: 20 }),
    still: await makeClip({ ...clip, path: bench.path("still.mp4"), seconds: 20, paint: stillUntil(45) }),
    brief: await makeClip({ ...clip, path: bench.path("brief.mp4"), seconds: 1 }),
  });
}, SLOW_MS);

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe("an RTSP camera", () => {
  it.each(["tcp", "udp"] as const)("gives its frames over %s, in time", async (transport) => {
    const source = rtsp(server.url("door"), transport);
    await using capture = watchSource(bench.pool, source, { pace: "realtime", slots: 4 }).capture;
    expect(await capture.opened).toMatchObject({ codec: "h264", container: "rtsp", durationSeconds: null });
    const [first, second, ...others] = await take(capture, 10);
    expect(first).toMatchObject({ sequence: 1, at: 0, size: SIZE, picture: { width: 416, height: 234 } });
    // The first picture has no time of its own and is placed by its arrival; from the second on the camera's clock counts.
    if (!second) throw new Error("a stream of one picture");
    for (const { at, sequence } of others)
      expect(Math.abs(at - second.at - ((sequence - second.sequence) * 1e6) / 15)).toBeLessThan(1_000);
  });

  it("that comes to the end of its stream may be tried again", async () => {
    await using capture = watchSource(bench.pool, rtsp(server.url("brief"))).capture;
    await expect(take(capture)).rejects.toMatchObject({
      code: "source-ended",
      message: `${server.url("brief")} ended the stream`,
      retryable: true,
    });
    expect(capture.totals.captured).toBe(15);
  });

  it("whose picture does not change is frozen, until it does", async () => {
    const options = { pace: "realtime", frozenAfterMs: 300 } as const;
    const { capture, frozen, thawed } = watchSource(bench.pool, rtsp(server.url("still")), options);
    const reading = take(capture);
    expect(await frozen).toBeGreaterThanOrEqual(300);
    await thawed;
    await capture[Symbol.asyncDispose]();
    await reading;
  });

  it("that falls silent is stalled, and online again when it goes on", async () => {
    const { capture, stalled, resumed } = watchSource(bench.pool, rtsp(server.url("door")), { pace: "realtime" });
    await using _closed = capture;
    const reading = take(capture);
    await capture.opened;
    server.pause();
    try {
      expect(await stalled).toBeGreaterThanOrEqual(3_000);
    } finally {
      server.resume();
    }
    await resumed;
    await capture[Symbol.asyncDispose]();
    await reading;
  });
});

it("an RTSP camera that plays and sends nothing is given up after its time", async () => {
  await using odd = await ScriptedServer.listen("silent-when-playing");
  const url = `rtsp://127.0.0.1:${odd.port}/door`;
  await using capture = watchSource(bench.pool, rtsp(url), { timeoutMs: SHORT_MS }).capture;
  expect(await capture.opened).toMatchObject({ codec: "h264", size: null });
  expect(await failureOf(capture)).toMatchObject({
    code: "source-timeout",
    message: `${url} did not answer in time`,
    retryable: true,
  });
});

describe("an RTSP address that gives no video is named, with the reason, without its password", () => {
  const failure = async (url: string, transport?: "tcp" | "udp") => {
    await using capture = watchSource(bench.pool, rtsp(url, transport), { timeoutMs: SHORT_MS }).capture;
    const error = await failureOf(capture);
    await expect(capture.opened).rejects.toBe(error);
    expect(error.message).not.toMatch(/admin|s3cret/);
    return error;
  };

  it("a stream that the camera does not have", async () => {
    expect(await failure(server.url("window", SECRET))).toMatchObject({
      code: "source-refused",
      message: `${server.url("window")} has no such stream (404)`,
      retryable: true,
    });
  });

  it.each(["tcp", "udp"] as const)("a port that nobody listens on, over %s", async (transport) => {
    const port = await freePort();
    expect(await failure(`rtsp://${SECRET}@127.0.0.1:${port}/door`, transport)).toMatchObject({
      code: "source-unreachable",
      message: `rtsp://127.0.0.1:${port}/door refused the connection`,
      retryable: true,
    });
  });

  it("a host that is not known", async () => {
    // Too long for a name: refused without asking the network.
    const host = `${"x".repeat(64)}.invalid`;
    expect(await failure(`rtsp://${SECRET}@${host}/door`)).toMatchObject({
      code: "source-unreachable",
      message: `rtsp://${host}/door cannot be reached: its host is not known, or does not speak this protocol`,
      retryable: true,
    });
  });

  it("a server that resets the connection", async () => {
    await using odd = await ScriptedServer.listen("resets");
    const reason = await failure(`rtsp://${SECRET}@127.0.0.1:${odd.port}/door`);
    // The system reports it as a reset or, when the reading came too late for that, as an end.
    expect(reason).toMatchObject({ retryable: true });
    expect(reason).toMatchObject({
      message: expect.stringMatching(
        /^rtsp:\/\/127\.0\.0\.1:\d+\/door (cannot be reached|does not answer as a camera does|broke off)$/,
      ),
    });
  });

  const answers: readonly (readonly [Behaviour, string, string])[] = [
    ["silent", "source-timeout", "did not answer in time"],
    ["half-answer", "source-timeout", "did not answer in time"],
    ["silent-at-describe", "source-timeout", "did not answer in time"],
    ["silent-at-setup", "source-timeout", "did not answer in time"],
    ["silent-at-play", "source-timeout", "did not answer in time"],
    ["endless-headers", "source-timeout", "did not answer in time"],
    ["byte-by-byte", "source-timeout", "did not answer in time"],
    ["short-content", "source-timeout", "did not answer in time"],
    ["huge-content", "source-timeout", "did not answer in time"],
    ["html", "source-invalid", "does not answer as a camera does"],
    ["garbage", "source-invalid", "does not answer as a camera does"],
    ["unauthorised", "source-refused", "refused the user name or password"],
  ];

  it.each(answers)("a server that is %s", async (behaviour, code, reason) => {
    await using odd = await ScriptedServer.listen(behaviour);
    expect(await failure(`rtsp://${SECRET}@127.0.0.1:${odd.port}/door`)).toMatchObject({
      code,
      message: `rtsp://127.0.0.1:${odd.port}/door ${reason}`,
      retryable: true,
    });
  });
});
