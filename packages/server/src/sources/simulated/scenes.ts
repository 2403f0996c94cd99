import { type Action, type Random, randomOf, type Script, type Spot, uniformAt } from "@sensorium/perception";

/** Somebody new comes this often, on average. */
const COMES_EVERY = 3.2;
/** Metres from the camera at which people walk, and from the middle of the picture to where nobody is seen any more. */
const [NEAREST, FARTHEST] = [3.4, 6];
const outside = (depth: number): number => 1.03 * depth + 0.9;

/** What somebody does between coming and going, by turns: most only walk through. */
const SCENES: Readonly<Record<number, (random: Random) => readonly Action[]>> = {
  2: (random) => [{ do: "stand", seconds: random(3, 6) }],
  5: () => [{ do: "fall", direction: "forward", hold: 12 }],
  9: (random) => [{ do: "tie-shoes", hold: random(3, 5) }],
  13: (random) => [{ do: "bend", hold: random(1, 3) }],
  17: (random) => [{ do: "sit", hold: random(15, 30) }],
  21: () => [{ do: "fall", direction: "left", hold: 9 }],
};
const TURNS = 26;

/** What somebody comes to do, and when, in seconds after the room opened. */
export interface Visit {
  /** 0 for the first. */
  readonly index: number;
  readonly comes: number;
  /** Gives the visitor's build and manner. */
  readonly seed: number;
  readonly script: Script;
}

/** The visit of that number. */
export function visitOf(seed: number, index: number): Visit {
  const own = Math.floor(2 ** 31 * uniformAt(seed, index, 17));
  const random = randomOf(own);
  const depth = random(NEAREST, FARTHEST);
  // To the right of the picture is towards negative y.
  const towards = random(0, 1) < 0.6 ? -1 : 1;
  const [from, to] = [sideAt(depth, -towards), sideAt(depth, towards)];
  const middle = { x: depth, y: random(-1.4, 1.4) };
  const walk = (spot: Spot): Action => ({ do: "walk", to: spot, metresPerSecond: random(0.9, 1.3) });
  const scene = SCENES[index % TURNS]?.(random);
  return {
    index,
    comes: (index + 0.8 * random(0, 1)) * COMES_EVERY,
    seed: own,
    script: {
      start: { ...from, heading: (towards * Math.PI) / 2 },
      actions: scene ? [walk(middle), ...scene, walk(to)] : [walk(to)],
    },
  };
}

const sideAt = (depth: number, towards: number): Spot => ({ x: depth, y: towards * outside(depth) });

/** The visits that began before a time and may not be over: nobody stays for longer than `STAYS`. */
export function visitsAround(seconds: number): { readonly first: number; readonly last: number } {
  const first = Math.max(0, Math.floor((seconds - STAYS) / COMES_EVERY) - 1);
  return { first, last: Math.floor(seconds / COMES_EVERY) };
}

const STAYS = 60;
