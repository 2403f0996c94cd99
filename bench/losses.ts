import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RtspServer, ServerProcess } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import type { ServingOptions } from "./serving.ts";
import { fixed, median, quantile, type Rows } from "./table.ts";

const CAMERAS = 5;
const CUTS = 20;
/** Memory settles while the first cuts are new to the process. */
const SETTLED = 5;

interface CameraRow {
  readonly id: string;
  readonly source: string;
  readonly state: string;
  readonly sinceMs: number;
}

/** When a camera was lost, and when it was to be tried again. */
interface Retry {
  readonly camera: string;
  readonly atMs: number;
}

/**
 * Five RTSP cameras at work lose their power twenty times: is each back when its backoff is over, and does the memory
 * stay? A camera is late by the time from the end of its last wait, or from the camera's own return, to its pictures.
 */
export async function losses({ home, model, threads }: ServingOptions): Promise<Rows> {
  const clip = await makeClip({
    path: join(home, "losses.mp4"),
    seconds: 600,
    fps: 10,
    size: { width: 640, height: 360 },
  });
  const names = Array.from({ length: CAMERAS }, (_, i) => `camera${i + 1}`);
  await using rtsp = await RtspServer.launch(Object.fromEntries(names.map((name) => [name, clip])));
  const flags = ["--model", model, "--threads", String(threads), "--home", join(home, "losses")];
  await using server = await ServerProcess.start([...names.map((name) => rtsp.url(name)), ...flags], {
    SENSORIUM_LOG: "warn",
  });
  const memory: number[][] = [];
  const lateness: number[] = [];
  let lost = 0;
  await allAre("online", server);
  for (let cut = 0; cut < CUTS; cut++) {
    await rtsp.kill();
    lost += (await allAre("offline", server)).length;
    await rtsp.start();
    const returnedMs = Date.now();
    const samples: number[] = [];
    const back = await allAre("online", server, async () => void samples.push(await residentMb(server)));
    memory.push(samples);
    const retries = retriesIn(server.log);
    for (const { id, sinceMs } of back) {
      const waited = retries.findLast(({ camera }) => camera === id)?.atMs ?? 0;
      lateness.push(sinceMs - Math.max(returnedMs, waited));
    }
  }
  const early = median(memory.slice(SETTLED, 2 * SETTLED).flat());
  const late = median(memory.slice(-SETTLED).flat());
  return [
    ["losses and returns", String(lost), `${CAMERAS} RTSP cameras, all watched by the model, ${CUTS} power cuts`],
    ["from the end of the backoff to pictures, p50", fixed(quantile(lateness, 0.5) / 1000, 2, "s"), "opening included"],
    ["the same, latest camera", fixed(Math.max(...lateness) / 1000, 2, "s")],
    ["RSS, cuts 6 to 10", fixed(early, 0, "MB"), "median"],
    [`RSS, last ${SETTLED} cuts`, fixed(late, 0, "MB"), "median"],
    ["growth", fixed(100 * (late / early - 1), 1, "%")],
  ];
}

/** The cameras, once all of them are in this state. */
async function allAre(state: string, server: ServerProcess, meanwhile = async (): Promise<void> => undefined) {
  for (;;) {
    const reply = await fetch(`http://127.0.0.1:${server.port}/api/v1/cameras`, { headers: server.headers });
    const { data } = (await reply.json()) as { data: { cameras: CameraRow[] } };
    await meanwhile();
    if (data.cameras.every((camera) => camera.state === state)) return data.cameras;
    await pause(100);
  }
}

async function residentMb({ process }: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${process.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
}

function retriesIn(log: string): Retry[] {
  return log.split("\n").flatMap((line) => {
    if (!line.includes("trying again")) return [];
    const { camera, time, delayMs } = JSON.parse(line) as { camera: string; time: string; delayMs: number };
    return [{ camera, atMs: Date.parse(time) + delayMs }];
  });
}
