/**
 * npm run bench [-- part …] [--video file] [--model file|name] [--threads n] [--rounds n]
 * Parts: throughput, serving, quiet, start, tfjs, detection, tracking, losses, outage, falls, fanout, reconnect,
 * conformance. Without parts, all of them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { conformance } from "./conformance.ts";
import { detection } from "./detection.ts";
import { falls } from "./falls.ts";
import { fanout } from "./fanout.ts";
import { losses } from "./losses.ts";
import { outage } from "./outage.ts";
import { quiet } from "./quiet.ts";
import { reconnect } from "./reconnect.ts";
import { coldStart, serving } from "./serving.ts";
import { fixed, machine, median, printTable, type Rows } from "./table.ts";
import { tfjsModels } from "./tfjs-models.ts";
import { throughput } from "./throughput.ts";
import { tracking } from "./tracking.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    video: { type: "string", default: sharedData("video/one-by-one-person-detection.mp4") },
    model: { type: "string", default: hasSharedData ? sharedData("models/detect/yolox_nano.onnx") : "centernet" },
    threads: { type: "string", default: String(availableParallelism()) },
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "30" },
  },
});

const home = await mkdtemp(join(tmpdir(), "sensorium-bench-"));
const { video, model } = values;
const threads = Number(values.threads);
const options = { video, model, threads, home };
/** Somebody walks in all of it. */
const busy = hasSharedData ? sharedData("video/people-walking.mp4") : video;

const parts: Readonly<Record<string, () => Promise<Rows>>> = {
  throughput: () => throughput({ ...options, cacheFolder: join(home, "models"), rounds: Number(values.rounds) }),
  serving: () => serving(options, Number(values.seconds)),
  quiet: () => quiet({ busy, model, threads, home, seconds: Number(values.seconds) }),
  start,
  tfjs: tfjsModels,
  detection,
  tracking,
  losses: () => losses(options),
  outage: () => outage(home),
  falls,
  reconnect: () => reconnect({ clients: 2_000, missed: 60, home }),
  conformance: () => conformance(home),
  fanout: () => fanout({ sockets: 1_000, seconds: 10, rounds: 3 }),
};

/** The first start converts the model; later ones find it prepared. */
async function start(): Promise<Rows> {
  const fresh = { ...options, home: join(home, "fresh") };
  const first = await coldStart(fresh);
  const later: number[] = [];
  for (let i = 0; i < 3; i++) later.push(await coldStart(fresh));
  const bundled = { ...fresh, model: "centernet" };
  const firstBundled = await coldStart(bundled);
  return [
    ["first start to first detection", fixed(first, 2, "s"), "model given, nothing prepared"],
    ["later start to first detection", fixed(median(later), 2, "s"), `median of ${later.length}`],
    ["first start, bundled model", fixed(firstBundled, 2, "s"), "converted from TensorFlow.js on the way"],
    ["later start, bundled model", fixed(await coldStart(bundled), 2, "s")],
  ];
}

try {
  process.stdout.write(`${machine()}, ${threads} inference threads\n${video}\n${model}\n`);
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const part = parts[name];
    if (!part) throw new Error(`there is no part ${name}: the parts are ${Object.keys(parts).join(", ")}`);
    printTable(name, await part());
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
