import { type Embedding, type Micros, secondsOf } from "@sensorium/protocol";
import type { Box } from "../../geometry/box.ts";
import { type Motion, velocityOf } from "./motion.ts";
import type { PersonSettings } from "./person-options.ts";

/** What is known of somebody who is out of sight. */
export interface Lost {
  readonly motion: Motion;
  readonly appearance: Embedding | null;
}

/** What a track that just began looks like. */
export interface Newcomer {
  readonly box: Box;
  readonly appearance: Embedding | null;
}

/** The cost at and above which two are not one person. */
export const IMPOSSIBLE = 1;
/** What the place counts beside the appearance, where that is known. */
const PLACE_WEIGHT = 0.4;
/** Seconds that somebody out of sight goes on as they went: people stop and turn. */
const GOES_ON = 1;
/** Heights that somebody may be off their expected place at once, more for every second, and at the most. */
const OFF_PLACE = 0.5;
const OFF_PLACE_PER_SECOND = 0.5;
const OFF_PLACE_AT_MOST = 2;
/** How many times larger the longer side of one box may be than that of the other. */
const OFF_SIZE = 1.6;
/** How alike two are at least who are one, right where they are expected: who comes out from behind another looks like both. */
const EXPECTED_LIKENESS = 0.5;

/** How little speaks for a newcomer being somebody lost, 0..1; `IMPOSSIBLE` when it cannot be. */
export function costOf(
  lost: Lost,
  newcomer: Newcomer,
  { at, settings }: { at: Micros; settings: PersonSettings },
): number {
  const gone = at - lost.motion.at;
  const seconds = secondsOf(at) - secondsOf(lost.motion.at);
  const place = gone <= settings.lostFor ? placeCost(lost.motion, newcomer.box, seconds) : IMPOSSIBLE;
  if (!lost.appearance || !newcomer.appearance) return place;
  const alike = product(lost.appearance, newcomer.appearance);
  // The farther from where they are expected, the more alike they have to be.
  const least = Math.min(EXPECTED_LIKENESS, settings.minLikeness);
  if (alike < least + place * (settings.minLikeness - least) || gone > settings.rememberedFor) return IMPOSSIBLE;
  const unlike = (1 - alike) / (1 - EXPECTED_LIKENESS);
  return Math.min(0.99, PLACE_WEIGHT * place + (1 - PLACE_WEIGHT) * unlike);
}

/** How far a box is from where somebody is expected, and how different in size, as a share of what is possible. */
function placeCost(motion: Motion, box: Box, seconds: number): number {
  const velocity = velocityOf(motion);
  const goesOn = GOES_ON * (1 - Math.exp(-seconds / GOES_ON));
  const dx = (box.x1 + box.x2) / 2 - (motion.x.place + goesOn * velocity.x);
  const dy = (box.y1 + box.y2) / 2 - (motion.y.place + goesOn * velocity.y);
  const before = Math.max(motion.width, motion.height);
  const now = Math.max(box.x2 - box.x1, box.y2 - box.y1);
  const reach = Math.min(OFF_PLACE_AT_MOST, OFF_PLACE + OFF_PLACE_PER_SECOND * seconds);
  const distance = Math.hypot(dx, dy) / before / reach;
  const size = Math.abs(Math.log(now / before)) / Math.log(OFF_SIZE);
  const cost = Math.max(distance, size, (distance + size) / 2);
  return cost < 1 ? cost : IMPOSSIBLE;
}

/** Of two vectors of length 1: the cosine of the angle between them. */
function product(a: Embedding, b: Embedding): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** The appearance after another look, of length 1: what was seen of late counts more. */
export function blendAppearance(known: Embedding | null, seen: Embedding | null): Embedding | null {
  if (!known || !seen) return seen ?? known;
  const mixed = known.map((value, i) => 0.9 * value + 0.1 * (seen[i] ?? 0));
  const length = Math.hypot(...mixed);
  return length > 0 ? mixed.map((value) => value / length) : known;
}
