import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { live } from "@sensorium/protocol/wire";
import { RtspServer, ServerProcess } from "@sensorium/testkit";
import { type ClipCanvas, makeClip, type Paint } from "@sensorium/testkit/clip";
import { fixed, type Rows } from "./table.ts";

export interface QuietOptions {
  /** A video in which somebody always walks. */
  readonly busy: string;
  readonly model: string;
  readonly threads: number;
  readonly home: string;
  /** How long is measured. */
  readonly seconds: number;
}

const FPS = 5;
const SIZE = { width: 1280, height: 720 };
const CAMERAS = 8;
/** Until every gate has closed: streams begin one after another, and gates learn the noise. */
const SETTLE_SECONDS = 12;
/** Until the server has started, on a machine that does other things as well. */
const START_SECONDS = 20;
/** Of the sensor, in steps of brightness before the encoder, and how much of it the encoder keeps: about 1 Mbit/s. */
const NOISE = 2.2;
const RATE_FACTOR = 23;

/** What quiet cameras cost a server, alone and beside a busy one. */
export async function quiet({ busy, seconds, ...options }: QuietOptions): Promise<Rows> {
  const path = join(options.home, "quiet.mp4");
  const length = SETTLE_SECONDS + seconds + START_SECONDS;
  await makeClip({ path, seconds: length, fps: FPS, size: SIZE, paint: quietRoom(), rateFactor: RATE_FACTOR });
  const { size: bytes } = await stat(path);
  const names = Array.from({ length: CAMERAS }, (_, i) => `camera${i + 1}`);
  await using rtsp = await RtspServer.launch(Object.fromEntries(names.map((name) => [name, path])));
  const cameras = names.map((name) => rtsp.url(name));
  const one = await measure(cameras.slice(0, 1), seconds, options);
  const eight = await measure(cameras, seconds, options);
  const beside = await measure([busy, "--loop", ...cameras], seconds, options);
  const stream = `RTSP, 1280×720, ${FPS} frames/s, ${fixed((8 * bytes) / 1e6 / length, 1)} Mbit/s`;
  return [
    ["one quiet camera", percent(one.cores), `of a core, all that the server does included; ${stream}`],
    [`each of ${CAMERAS} quiet cameras`, percent(eight.cores / CAMERAS), "of a core"],
    ["frames without a look", percent(sum(eight.cameras, "gated") / sum(eight.cameras, "captured"))],
    ...besideRows(beside, seconds),
  ];
}

function besideRows({ cores, cameras: [walking, ...still] }: Measured, seconds: number): Rows {
  const perSecond = (frames = Number.NaN): string => fixed(frames / seconds, 1, "frames/s");
  const expected = perSecond(CAMERAS * FPS * seconds);
  return [
    ["busy camera beside them", perSecond(walking?.captured), "captured"],
    ["… looked at", perSecond(walking?.inferred), `${walking?.dropped} dropped, ${walking?.gated} gated`],
    ["the quiet ones meanwhile", perSecond(sum(still, "captured")), `captured, of ${expected}`],
    ["all together", percent(cores), "of a core"],
  ];
}

const sum = (cameras: readonly Totals[], kind: keyof Totals): number =>
  cameras.reduce((total, totals) => total + totals[kind], 0);

const percent = (part: number): string => (Number.isFinite(part) ? fixed(100 * part, 1, "%") : "not known here");

type Totals = live.CameraState["totals"];

interface Measured {
  /** Processor time over time. */
  readonly cores: number;
  /** What each camera did meanwhile. */
  readonly cameras: readonly Totals[];
}

async function measure(
  sources: readonly string[],
  seconds: number,
  { model, threads, home }: Pick<QuietOptions, "model" | "threads" | "home">,
): Promise<Measured> {
  const flags = ["--model", model, "--threads", String(threads), "--home", home];
  await using server = await ServerProcess.start([...sources, ...flags], { SENSORIUM_LOG: "error" });
  await pause(SETTLE_SECONDS);
  const before = { cpu: cpuSeconds(server), cameras: await totalsOf(server), at: performance.now() };
  await pause(seconds);
  const cores = (cpuSeconds(server) - before.cpu) / ((performance.now() - before.at) / 1000);
  const cameras = (await totalsOf(server)).map((now, i) => difference(now, before.cameras[i] ?? now));
  return { cores, cameras };
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** Processor time of all threads so far; not a number where the system does not tell. */
function cpuSeconds(server: ServerProcess): number {
  try {
    const stat = readFileSync(`/proc/${server.process.pid}/stat`, "utf8");
    const [user, system] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13);
    // Linux counts in hundredths of a second, whatever its own timer does.
    return (Number(user) + Number(system)) / 100;
  } catch {
    return Number.NaN;
  }
}

async function totalsOf({ port, headers }: ServerProcess): Promise<readonly Totals[]> {
  const reply = await fetch(`http://127.0.0.1:${port}/api/v1/cameras`, { headers });
  const { data } = (await reply.json()) as { data: { cameras: live.CameraState[] } };
  for (const { name, state, reason } of data.cameras)
    if (state !== "online") throw new Error(`${name} is ${state}: ${reason}`);
  return data.cameras.map(({ totals }) => totals);
}

const difference = (now: Totals, before: Totals): Totals => ({
  captured: now.captured - before.captured,
  gated: now.gated - before.gated,
  inferred: now.inferred - before.inferred,
  dropped: now.dropped - before.dropped,
  undecodable: now.undecodable - before.undecodable,
  stateChanges: now.stateChanges - before.stateChanges,
});

/** A room with edges and shades, as an ordinary sensor sees it. */
function quietRoom(): Paint {
  const noise = Int8Array.from({ length: 1 << 22 }, () => Math.round(NOISE * (2 * Math.random() - 1)));
  const shade = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
    shadeAt(i % SIZE.width, Math.floor(i / SIZE.width)),
  );
  return ({ planes: [luma, u, v] }: ClipCanvas) => {
    u.data.fill(126);
    v.data.fill(130);
    let grain = Math.floor(Math.random() * noise.length);
    for (let y = 0; y < SIZE.height; y++) {
      for (let x = 0; x < SIZE.width; x++) {
        grain = (grain + 1) % noise.length;
        luma.data[y * luma.stride + x] = (shade[y * SIZE.width + x] ?? 0) + (noise[grain] ?? 0);
      }
    }
  };
}

/** Shelves on a wall that is darker to the right, over a floor of tiles. */
function shadeAt(x: number, y: number): number {
  const wall = 170 - x / 20;
  if (y < 400) return y % 90 < 12 ? wall - 60 : wall;
  return (Math.floor(x / 80) + Math.floor(y / 60)) % 2 === 0 ? 110 : 95;
}
