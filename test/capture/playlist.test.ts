import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { WebServer } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, failureOf, file, take, watchSource } from "./captures.ts";

const SIZE = { width: 64, height: 48 };
const SECONDS = 0.5;
const FPS = 20;
/** Segments that a live playlist names at a time. */
const WINDOW = 3;

const bench = new Bench();
let segment: string;
beforeAll(async () => {
  mkdirSync(bench.path("show/parts"), { recursive: true });
  mkdirSync(bench.path("other"));
  symlinkSync(bench.path("show/parts/one.ts"), bench.path("other/link.ts"));
  segment = bench.path("show/parts/one.ts");
  await makeClip({ path: segment, container: "ts", seconds: SECONDS, fps: FPS, size: SIZE });
});
afterAll(() => bench[Symbol.asyncDispose]());

const playlist = (lines: readonly string[]): string => ["#EXTM3U", "#EXT-X-TARGETDURATION:1", ...lines, ""].join("\n");
const finished = (...parts: string[]): string =>
  playlist([...parts.flatMap((part) => ["#EXTINF:0.5,", part]), "#EXT-X-ENDLIST"]);

describe("a live HLS playlist", () => {
  it("is followed as its window slides, and times grow where its segments begin anew", async () => {
    const content = readFileSync(segment);
    let asked = 0;
    await using web = await WebServer.listen(({ url = "" }, response) => {
      const isPlaylist = url.endsWith(".m3u8");
      const first = isPlaylist ? asked++ : 0;
      const window = Array.from({ length: WINDOW }, (_, index) => first + index);
      const lines = window.flatMap((n) => ["#EXT-X-DISCONTINUITY", "#EXTINF:0.5,", `${n}.ts`]);
      const body = isPlaylist ? Buffer.from(playlist([`#EXT-X-MEDIA-SEQUENCE:${first}`, ...lines])) : content;
      const type = isPlaylist ? "application/vnd.apple.mpegurl" : "video/mp2t";
      response.writeHead(200, { "Content-Type": type, "Content-Length": body.length }).end(body);
    });
    const source = { kind: "http", url: web.url("/live.m3u8"), intervalMs: 1_000 } as const;
    const capture = watchSource(bench.pool, source).capture;
    expect(await capture.opened).toMatchObject({ container: "hls", durationSeconds: null });
    const times = (await take(capture, (WINDOW + 2) * SECONDS * FPS)).map(({ at }) => at);
    await capture[Symbol.asyncDispose]();
    for (const [index, at] of times.entries()) expect(at).toBeGreaterThan(times[index - 1] ?? -1);
    expect(asked).toBeGreaterThan(2);
  });
});

describe("a DASH manifest", () => {
  it("on the web is played", async () => {
    const clip = readFileSync(await makeClip({ path: bench.path("clip.mp4"), seconds: 1, fps: FPS, size: SIZE }));
    const manifest = Buffer.from(
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"
        minBufferTime="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet
        mimeType="video/mp4" contentType="video"><Representation id="1" bandwidth="100000" codecs="avc1.42c01e"
        ><BaseURL>clip.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>`,
    );
    await using web = await WebServer.listen(({ url = "" }, response) => {
      const [type, body] = url.endsWith(".mpd") ? ["application/dash+xml", manifest] : ["video/mp4", clip];
      response.writeHead(200, { "Content-Type": type, "Content-Length": body.length }).end(body);
    });
    await using capture = watchSource(bench.pool, {
      kind: "http",
      url: web.url("/show.mpd"),
      intervalMs: 1_000,
    }).capture;
    expect(await capture.opened).toMatchObject({ container: "dash", codec: "h264" });
    expect(await take(capture)).toHaveLength(FPS);
  });

  it("in a file is refused with what to do instead", async () => {
    writeFileSync(bench.path("show.mpd"), '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>');
    await using capture = watchSource(bench.pool, file(bench.path("show.mpd"))).capture;
    expect(await failureOf(capture)).toMatchObject({
      code: "source-invalid",
      message: "show.mpd is a DASH manifest: these are read over http:// and https:// only",
    });
  });
});

describe("a playlist in a file", () => {
  const write = (name: string, text: string): string => {
    writeFileSync(bench.path(name), text);
    return bench.path(name);
  };

  it.each([
    ["parts in its folder", finished("one.ts"), "show/parts/a.m3u8"],
    ["parts in a folder of its folder", finished("parts/one.ts", "./parts/../parts/one.ts"), "show/b.m3u8"],
    [
      "playlists in its folder",
      playlist(["#EXT-X-STREAM-INF:BANDWIDTH=1", "parts/inner.m3u8"]).replace("#EXT-X-TARGETDURATION:1\n", ""),
      "show/c.m3u8",
    ],
  ])("is played when it names %s", async (_, text, name) => {
    write("show/parts/inner.m3u8", finished("one.ts"));
    await using capture = watchSource(bench.pool, file(write(name, text))).capture;
    expect((await take(capture)).length).toBeGreaterThanOrEqual(SECONDS * FPS);
  });

  const outside = "is a playlist with parts outside of its own folder";
  it.each([
    ["that names a file of another folder", () => finished("../parts/one.ts"), outside],
    ["that names a file by its whole path", () => finished("/etc/passwd"), outside],
    ["that names a file by its address", () => finished(`file://${segment}`), outside],
    ["that names an address", () => finished("http://127.0.0.1:9/one.ts"), outside],
    [
      "whose key is elsewhere",
      () => finished("one.ts").replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:9/key"\n#EXTINF'),
      outside,
    ],
    ["that names a link to another folder", () => finished("link.ts"), outside],
    ["whose playlists name others", () => playlist(["#EXT-X-STREAM-INF:BANDWIDTH=1", "worse.m3u8"]), outside],
    [
      "that goes on",
      () => playlist(["#EXTINF:0.5,", "one.ts"]),
      "is a playlist that goes on: from a file only a finished one is read",
    ],
    [
      "that names itself",
      () => playlist(["#EXT-X-STREAM-INF:BANDWIDTH=1", "list.m3u8"]),
      "is a playlist of playlists of playlists",
    ],
  ])("%s is refused", async (_, text, reason) => {
    const path = write("other/list.m3u8", text());
    write("other/worse.m3u8", finished("../show/parts/one.ts"));
    await using capture = watchSource(bench.pool, file(path)).capture;
    expect(await failureOf(capture)).toMatchObject({
      code: "source-invalid",
      message: `list.m3u8 ${reason}`,
      retryable: false,
    });
  });
});
