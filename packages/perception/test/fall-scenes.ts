import { type Random, randomOf } from "../src/simulation/random.ts";
import type { Action, FallDirection, Script } from "../src/simulation/script.ts";

const DIRECTIONS: readonly FallDirection[] = ["forward", "backward", "left", "right"];

/** What people do that ends on the floor. */
const FALLS = {
  standing: (r) => [{ do: "stand", seconds: r(2, 4) }, fall(r)],
  "while walking": (r) => [walk(r), { do: "fall", direction: "forward", hold: r(10, 20) }],
  "sitting on a chair": (r) => [{ do: "sit", hold: r(3, 5) }, fall(r, r(0.45, 0.8))],
  "bending down": (r) => [{ do: "bend", hold: 1 }, { do: "stand", seconds: 0.5 }, fall(r)],
} as const satisfies Record<string, Scene>;

/** What people do that looks like it more or less, and is no fall. */
const NO_FALLS = {
  walking: (r) => [walk(r), walk(r), { do: "stand", seconds: 2 }, walk(r)],
  running: (r) => [
    { ...walk(r), do: "run" },
    { ...walk(r), do: "run" },
    { do: "jump", times: 3 },
  ],
  "sitting down fast": (r) => [walk(r), { do: "sit", seconds: r(0.45, 0.7), hold: r(5, 10) }, { do: "get-up" }],
  "lying down slowly": (r) => [
    { do: "stand", seconds: 2 },
    { do: "lie", on: "floor", seconds: r(4, 7), hold: r(8, 15) },
    { do: "get-up" },
  ],
  "lying down on a bed": (r) => [
    { do: "stand", seconds: 2 },
    { do: "lie", on: "bed", hold: r(8, 15) },
    { do: "get-up" },
  ],
  bending: (r) => [walk(r), { do: "bend", seconds: r(0.6, 1.2), hold: r(0.5, 3) }, { do: "stand", seconds: 2 }],
  "tying shoes": (r) => [
    walk(r),
    { do: "tie-shoes", seconds: r(0.8, 1.6), hold: r(5, 10) },
    { do: "stand", seconds: 2 },
  ],
  "tying shoes on a chair": (r) => [
    { do: "sit", hold: 2 },
    { do: "tie-shoes", seconds: r(0.7, 1.2), hold: r(4, 8) },
    { do: "get-up" },
  ],
  "kneeling, sitting on the floor": (r) => [
    { do: "kneel", hold: r(3, 6) },
    { do: "sit-on-floor", hold: r(5, 10) },
    { do: "get-up" },
  ],
} as const satisfies Record<string, Scene>;

type Scene = (random: Random) => readonly Action[];
export type SceneName = keyof typeof FALLS | keyof typeof NO_FALLS;

export const fallNames = Object.keys(FALLS) as readonly (keyof typeof FALLS)[];
export const noFallNames = Object.keys(NO_FALLS) as readonly (keyof typeof NO_FALLS)[];

interface Casting {
  readonly seed: number;
  /** Metres from the camera to the middle of the room. */
  readonly distance: number;
}

/** A scene somewhere in a room of 4 × 4 m in front of the camera. */
const scripted = (scene: Scene, { seed, distance }: Casting): Script => {
  const random = randomOf(seed);
  const start = { x: random(-1, 1), y: random(-1, 1), heading: random(-Math.PI, Math.PI) };
  const actions = scene(random).map(
    (action): Action =>
      action.do === "walk" || action.do === "run"
        ? { ...action, to: { ...action.to, x: action.to.x + distance } }
        : action,
  );
  return { start: { ...start, x: start.x + distance }, actions };
};

export const fallScript = (name: keyof typeof FALLS, casting: Casting): Script => scripted(FALLS[name], casting);

export const noFallScript = (name: keyof typeof NO_FALLS, casting: Casting): Script =>
  scripted(NO_FALLS[name], casting);

const walk = (random: Random) =>
  ({ do: "walk", to: { x: random(-1.6, 1.6), y: random(-1.6, 1.6) } }) as const satisfies Action;

/** In any direction; half of those who fall get up again. */
function fall(random: Random, seconds?: number): Action {
  const direction = DIRECTIONS[Math.floor(random(0, DIRECTIONS.length))] ?? "forward";
  return { do: "fall", direction, hold: random(10, 20), ...(seconds ? { seconds } : {}) };
}
