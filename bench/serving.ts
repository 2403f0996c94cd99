import { readFile } from "node:fs/promises";
import { type Listener, ServerProcess, watchPage } from "@sensorium/testkit";
import { fixed, quantile, type Rows } from "./table.ts";

export interface ServingOptions {
  readonly video: string;
  readonly model: string;
  readonly threads: number;
  readonly home: string;
}

/** Seconds from starting the server, as a user does, to its first tracked frame on a socket. */
export async function coldStart(options: ServingOptions): Promise<number> {
  const started = performance.now();
  await using server = await startServer(options);
  using page = await watchPage(server, { pictures: false });
  await page.find(({ type }) => type === "tracks");
  return (performance.now() - started) / 1000;
}

/** A paced source with one viewer of its pictures: latency from the frame to the message, and memory. */
export async function serving(options: ServingOptions, seconds: number): Promise<Rows> {
  await using server = await startServer(options);
  using page = await watchPage(server, { pictures: true });
  const sights = listenToTracks(page);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const status = await readFile(`/proc/${server.process.pid}/status`, "utf8").catch(() => "");
  const latency = sights.map(({ toMessageMs }) => toMessageMs);
  const beyond = sights.map(({ toMessageMs, inferenceMs }) => toMessageMs - inferenceMs);
  const frames = `${sights.length} frames at the source's own pace, received on a WebSocket`;
  return [
    ["frame to message p50", fixed(quantile(latency, 0.5), 1, "ms"), frames],
    ["frame to message p99", fixed(quantile(latency, 0.99), 1, "ms")],
    [
      "overhead beyond inference p50",
      fixed(quantile(beyond, 0.5), 1, "ms"),
      "frame to message less the model's own time",
    ],
    ["overhead beyond inference p99", fixed(quantile(beyond, 0.99), 1, "ms")],
    ["RSS", memory(status, "VmRSS"), `after ${seconds} s with one camera and one viewer of its pictures`],
    ["RSS, highest", memory(status, "VmHWM")],
  ];
}

function startServer({ video, model, threads, home }: ServingOptions): Promise<ServerProcess> {
  const flags = ["--model", model, "--threads", String(threads), "--home", home];
  return ServerProcess.start([video, "--loop", ...flags], { SENSORIUM_LOG: "error" });
}

function listenToTracks(page: Listener) {
  const sights: { readonly toMessageMs: number; readonly inferenceMs: number }[] = [];
  page.socket.on("message", (data, binary) => {
    if (binary) return;
    const message = JSON.parse(String(data)) as { type: string; times: { capturedMs: number; inferenceMs: number } };
    if (message.type !== "tracks") return;
    const { capturedMs, inferenceMs } = message.times;
    sights.push({ toMessageMs: Date.now() - capturedMs, inferenceMs });
  });
  return sights;
}

function memory(status: string, field: string): string {
  const kilobytes = Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]);
  return Number.isFinite(kilobytes) ? fixed(kilobytes / 1000, 0, "MB") : "not known here";
}
