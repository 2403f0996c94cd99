import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Micros, micros, secondsOf } from "@sensorium/protocol";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { randomOf } from "../packages/perception/src/simulation/random.ts";
import { DEFAULT_MODEL } from "../packages/server/src/models/catalogue.ts";
import { fixed, machine, printTable, type Rows } from "./table.ts";
import { lookAtVideo, replay, type WatchedVideo } from "./watched-video.ts";

/** Videos in which nobody falls. */
const VIDEOS = ["people-walking", "dance"];
const POSE = "movenet-lightning";
/** Pictures a second that a camera may be looked at; from every picture on that they can begin with. */
const SLOW = [3, 4, 5, 6];
const USUAL = [10, 15];
/** Seconds between two pictures on a busy machine, and how many such series are tried. */
const UNEVEN = [0.1, 0.35] as const;
const SERIES = 500;

/** What is taken for a fall on real pictures without any, with the bundled models, at many rates. */
export async function fallsOnVideo(): Promise<Rows> {
  if (!hasSharedData) return [["real video, no falls", "–", "needs the shared videos"]];
  const cacheFolder = await mkdtemp(join(tmpdir(), "sensorium-bench-models-"));
  const options = { model: DEFAULT_MODEL, pose: POSE, threads: availableParallelism(), cacheFolder };
  const rows: Rows[number][] = [];
  try {
    for (const name of VIDEOS) {
      const video = await lookAtVideo(sharedData(`video/${name}.mp4`), options);
      const times = video.looks.map(({ at }) => at);
      rows.push(
        row(
          `${name}, ${SLOW.join(", ")} frames/s`,
          video,
          SLOW.flatMap((rate) => even(times, rate)),
        ),
        row(
          `${name}, ${USUAL.join(", ")} frames/s`,
          video,
          USUAL.flatMap((rate) => even(times, rate)),
        ),
        row(`${name}, a frame every ${UNEVEN.join(" to ")} s`, video, uneven(times)),
      );
    }
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
  return rows;
}

/** Indices of the pictures that are looked at. */
type Series = readonly number[];

function row(name: string, video: WatchedVideo, series: readonly Series[]): Rows[number] {
  const falls = series.flatMap((indices) => replay(video, indices)).flatMap((seen) => seen.falls);
  const count = (type: string): number => falls.filter((fall) => fall.type === type).length;
  const seconds = series.length * secondsOf(video.looks.at(-1)?.at ?? micros(0));
  const note = `falls confirmed, ${count("fall-suspected")} suspected, in ${series.length} replays, ${fixed(seconds / 3600, 2)} h`;
  return [`no fall: ${name}`, String(count("fall-confirmed")), note];
}

/** Every series with so many pictures a second. */
function even(times: readonly Micros[], rate: number): Series[] {
  const perSecond = (times.length - 1) / secondsOf(times.at(-1) ?? micros(0));
  const step = perSecond / rate;
  return Array.from({ length: Math.ceil(step) }, (_, first) => {
    const count = Math.ceil((times.length - first) / step);
    return Array.from({ length: count }, (_, i) => Math.round(first + i * step));
  });
}

function uneven(times: readonly Micros[]): Series[] {
  return Array.from({ length: SERIES }, (_, seed) => {
    const random = randomOf(9_000 + seed);
    let due = 1e6 * random(0, UNEVEN[1]);
    return [...times.keys()].filter((index) => {
      const at = times[index] ?? 0;
      if (at < due) return false;
      due = at + 1e6 * random(...UNEVEN);
      return true;
    });
  });
}

if (import.meta.main) printTable(`Falls on real video · ${machine()}`, await fallsOnVideo());
