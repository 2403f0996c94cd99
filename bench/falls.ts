import { cameraAt, type Script, type SeeingConditions } from "@sensorium/perception";
import { type ActivityTally, tryActivities } from "../packages/perception/test/activity-trials.ts";
import { fallNames, fallScript, noFallNames, noFallScript } from "../packages/perception/test/fall-scenes.ts";
import { addTally, type FallTally, fallsIn, noTally, tryFalls } from "../packages/perception/test/fall-trials.ts";
import { handOver, handovers } from "../packages/perception/test/handed-over.ts";
import type { Watching } from "../packages/perception/test/watched-person.ts";
import { fallsOnVideo } from "./falls-on-video.ts";
import { fixed, machine, median, printTable, quantile, type Rows } from "./table.ts";

/** Height of the camera and distance from the middle of the room, in metres. */
const CAMERAS = [
  [1.2, 4],
  [1.8, 5],
  [2.2, 4],
  [2.7, 3],
  [2.7, 5],
  [3, 7],
] as const;

const CONDITIONS = {
  clear: { noise: 0.005, dropout: 0, missed: 0 },
  usual: { noise: 0.015, dropout: 0.05, missed: 0.03 },
  poor: { noise: 0.03, dropout: 0.15, missed: 0.08 },
} as const satisfies Record<string, SeeingConditions>;

/** Thresholds were set on seeds below. */
const FIRST_SEED = 500_000;
const SEEDS = 12;
const FRAMES_PER_SECOND = 10;
/** Tracks that go over, for each way to do so. */
const PASSED = 60;

type Place = (typeof CAMERAS)[number];

interface Setting {
  readonly place: Place;
  readonly conditions: SeeingConditions;
  readonly framesPerSecond?: number;
  readonly poses?: boolean;
}

interface Scene {
  readonly name: string;
  readonly seed: number;
  readonly script: Script;
}

/** Every scene once for every seed. */
const scenesAt = ([height, distance]: Place): Scene[] =>
  Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + 100 * i + Math.round(10 * height)).flatMap((seed) => [
    ...fallNames.map((name) => ({ name, seed, script: fallScript(name, { seed, distance }) })),
    ...noFallNames.map((name) => ({ name, seed, script: noFallScript(name, { seed, distance }) })),
  ]);

const watchingOf = (
  { place, conditions, framesPerSecond = FRAMES_PER_SECOND, poses = true }: Setting,
  seed: number,
): Watching => ({
  camera: cameraAt(place[0], place[1]),
  conditions,
  seed: seed + 1,
  framesPerSecond,
  poses,
});

/** What came of every scene in a setting. */
const tallies = (setting: Setting): { readonly name: string; readonly tally: FallTally }[] =>
  scenesAt(setting.place).map(({ name, seed, script }) => ({
    name,
    tally: tryFalls({ script, seed }, watchingOf(setting, seed)),
  }));

const sum = (parts: readonly { readonly tally: FallTally }[]): FallTally =>
  parts.reduce((total, { tally }) => addTally(total, tally), noTally);

/** How many falls are found and what else is taken for one, on simulated people that no threshold was set on. */
export async function falls(): Promise<Rows> {
  const settings = CAMERAS.flatMap((place) =>
    Object.entries(CONDITIONS).map(([condition, conditions]) => ({ place, condition, conditions })),
  );
  const played = settings.flatMap((setting) => tallies(setting).map((part) => ({ ...part, ...setting })));
  const of = (is: (part: (typeof played)[number]) => boolean): FallTally => sum(played.filter(is));
  const usual = (place: Place, more: Partial<Setting>): FallTally =>
    sum(tallies({ place, conditions: CONDITIONS.usual, ...more }));
  const everywhere = (more: Partial<Setting>): FallTally =>
    CAMERAS.map((place) => usual(place, more)).reduce(addTally, noTally);
  return [
    ["keypoints, 10 frames/s", "sensitivity", "false alarms per hour of scenes"],
    told(
      "all",
      of(() => true),
    ),
    ...Object.keys(CONDITIONS).map((name) =>
      told(
        `seen: ${name}`,
        of(({ condition }) => condition === name),
      ),
    ),
    ...CAMERAS.map((camera) =>
      told(
        `camera ${camera[0]} m high, ${camera[1]} m away`,
        of(({ place }) => place === camera),
      ),
    ),
    ...fallNames.map((name) =>
      told(
        `falls: ${name}`,
        of((part) => part.name === name),
      ),
    ),
    ...noFallNames.map((name) =>
      alarms(
        `no fall: ${name}`,
        played.filter((part) => part.name === name),
      ),
    ),
    ...[5, 25].map((framesPerSecond) =>
      told(`${framesPerSecond} frames/s, seen: usual`, everywhere({ framesPerSecond })),
    ),
    told("boxes alone, seen: usual", everywhere({ poses: false })),
    ...tracksGoingOver(),
    ...activities(),
    ...(await fallsOnVideo()),
  ];
}

function told(name: string, { falls: all, found, falseAlarms, hours, delays }: FallTally): Rows[number] {
  const delay = `confirmed ${fixed(median(delays), 1)} s after the impact, 95 % within ${fixed(quantile(delays, 0.95), 1)} s`;
  const rate = `${fixed(falseAlarms / hours, 1)} (${falseAlarms} in ${fixed(hours, 2)} h)`;
  return [name, `${fixed((100 * found) / all, 1)} %`, `${found} of ${all}; ${rate}; ${delay}`];
}

function alarms(name: string, played: readonly { readonly tally: FallTally }[]): Rows[number] {
  const { falseAlarms } = sum(played);
  return [name, "–", `taken for a fall ${falseAlarms} times of ${played.length}`];
}

/** How often a track that goes over to somebody far behind is taken for a fall. */
function tracksGoingOver(): Rows {
  return [3, 4, 5, 6, 10, 15].map((framesPerSecond) => {
    const passed = Object.values(CONDITIONS).flatMap((conditions) =>
      handovers.flatMap((between) =>
        Array.from({ length: PASSED }, (_, i) => ({ seed: FIRST_SEED + i, between, framesPerSecond, conditions })),
      ),
    );
    const falls = passed.flatMap((how) => fallsIn(handOver(how)));
    const confirmed = falls.filter(({ type }) => type === "fall-confirmed");
    const suspected = falls.filter(({ type }) => type === "fall-suspected");
    const note = `taken for a fall ${confirmed.length} times of ${passed.length}, suspected ${suspected.length} times`;
    return [`no fall: a track goes over, ${framesPerSecond} frames/s`, "–", note];
  });
}

/** How much of the time people are said to do what they do. */
function activities(): Rows {
  let tally: ActivityTally = new Map();
  for (const place of CAMERAS) {
    for (const { seed, script } of scenesAt(place)) {
      tally = tryActivities(tally, { script, seed }, watchingOf({ place, conditions: CONDITIONS.usual }, seed));
    }
  }
  return [...tally]
    .filter(([, { frames }]) => frames >= 100)
    .map(([activity, { frames, right }]) => [
      `activity: ${activity}`,
      `${fixed((100 * right) / frames, 1)} %`,
      `of ${frames} frames a second or more into it, seen: usual`,
    ]);
}

if (import.meta.main) printTable(`Falls · ${machine()}`, await falls());
