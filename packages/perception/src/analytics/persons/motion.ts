import { type Micros, secondsOf } from "@sensorium/protocol";
import type { Box } from "../../geometry/box.ts";
import type { Point } from "../../geometry/point.ts";

/** A place and a velocity along one axis, in pixels and seconds, and their covariance. */
interface Axis {
  readonly place: number;
  readonly velocity: number;
  readonly varPlace: number;
  readonly covariance: number;
  readonly varVelocity: number;
}

/** One place on somebody's way. */
export interface TrajectoryPoint {
  readonly at: Micros;
  /** Middle of the box, in pixels. */
  readonly position: Point;
  /** 0..1, as of a prediction. */
  readonly confidence: number;
}

/** How something moves through the picture: what a Kalman filter makes of the middles of its boxes. */
export interface Motion {
  readonly startedAt: Micros;
  readonly at: Micros;
  readonly x: Axis;
  readonly y: Axis;
  /** Of the last box, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Places of the last while, oldest first, the present one last. */
  readonly trajectory: readonly TrajectoryPoint[];
  readonly statistics: MotionStatistics;
}

/** Sums over a motion; without the time in which it was out of sight, but with the way it made meanwhile. */
export interface MotionStatistics {
  /** Length of the way, in pixels. */
  readonly distance: number;
  /** Pixels per second, the highest of all. */
  readonly fastest: number;
  /** Seconds in which it moved, and in which it did not. */
  readonly moving: number;
  readonly stationary: number;
}

/** Spectral density of the acceleration, (heights/s²)² per Hz: people start and stop within a step or two. */
const ACCELERATION = 0.5;
/** Standard deviation of a box's middle as a share of its height. */
const PLACE_NOISE = 1 / 40;
/** Heights per second: nobody's velocity is known at first, and nobody runs faster. */
const FIRST_VELOCITY = 1;
/** Heights per second below which a motion is noise. */
const MOVES = 0.12;
/** Seconds without a sighting after which the time between is neither moving nor stationary. */
const GAP = 1;
/** Micros of way that are kept, and between the places of it. */
const TRAJECTORY_FOR = 10e6;
const TRAJECTORY_EVERY = 0.5e6;

/** The motion of a box seen for the first time. */
export function startMotion(box: Box, at: Micros): Motion {
  const height = Math.max(1, box.y2 - box.y1);
  const axis = (place: number): Axis => ({
    place,
    velocity: 0,
    varPlace: (PLACE_NOISE * height) ** 2,
    covariance: 0,
    varVelocity: (FIRST_VELOCITY * height) ** 2,
  });
  const motion: Motion = {
    startedAt: at,
    at,
    x: axis((box.x1 + box.x2) / 2),
    y: axis((box.y1 + box.y2) / 2),
    width: box.x2 - box.x1,
    height,
    trajectory: [],
    statistics: { distance: 0, fastest: 0, moving: 0, stationary: 0 },
  };
  return { ...motion, trajectory: [placeOf(motion)] };
}

/** The motion after another sighting, later than the last; at the same time it stays what it is. */
export function seeMotion(motion: Motion, box: Box, at: Micros): Motion {
  const seconds = secondsOf(at) - secondsOf(motion.at);
  if (!(seconds > 0)) return motion;
  const height = Math.max(1, box.y2 - box.y1);
  const x = correct(predict(motion.x, seconds, motion.height), (box.x1 + box.x2) / 2, height);
  const y = correct(predict(motion.y, seconds, motion.height), (box.y1 + box.y2) / 2, height);
  const seen: Motion = { ...motion, at, x, y, width: box.x2 - box.x1, height };
  return { ...seen, trajectory: prolong(seen), statistics: add(motion, seen) };
}

/** Pixels per second, x to the right and y down. */
export const velocityOf = ({ x, y }: Motion): Point => ({ x: x.velocity, y: y.velocity });

/** Where it is `seconds` after the last sighting if it goes on as it went, and how sure that is. */
export function predictMotion(
  motion: Motion,
  seconds: number,
): { readonly position: Point; readonly confidence: number } {
  const x = predict(motion.x, seconds, motion.height);
  const y = predict(motion.y, seconds, motion.height);
  return { position: { x: x.place, y: y.place }, confidence: confidenceOf(x, y, motion.height) };
}

/** The probability that the middle is within a quarter of the height of where the filter says (Rayleigh's law). */
function confidenceOf(x: Axis, y: Axis, height: number): number {
  return 1 - Math.exp(-((height / 4) ** 2) / (x.varPlace + y.varPlace));
}

/** Constant velocity, disturbed by white noise in the acceleration, so that the frame rate makes no difference. */
function predict(axis: Axis, seconds: number, height: number): Axis {
  const noise = ACCELERATION * height ** 2;
  const { covariance, varVelocity } = axis;
  return {
    place: axis.place + seconds * axis.velocity,
    velocity: axis.velocity,
    varPlace: axis.varPlace + seconds * (2 * covariance + seconds * varVelocity) + (noise * seconds ** 3) / 3,
    covariance: covariance + seconds * varVelocity + (noise * seconds ** 2) / 2,
    varVelocity: varVelocity + noise * seconds,
  };
}

function correct(axis: Axis, seen: number, height: number): Axis {
  const { varPlace, covariance } = axis;
  const total = varPlace + (PLACE_NOISE * height) ** 2;
  const surprise = seen - axis.place;
  return {
    place: axis.place + (varPlace / total) * surprise,
    velocity: axis.velocity + (covariance / total) * surprise,
    varPlace: varPlace - varPlace ** 2 / total,
    covariance: covariance - (varPlace * covariance) / total,
    varVelocity: axis.varVelocity - covariance ** 2 / total,
  };
}

const placeOf = ({ at, x, y, height }: Motion): TrajectoryPoint => ({
  at,
  position: { x: x.place, y: y.place },
  confidence: confidenceOf(x, y, height),
});

/** The way with the present place; the one before goes where it is too near in time to the one before it. */
function prolong(motion: Motion): TrajectoryPoint[] {
  const kept = motion.trajectory.filter(({ at }) => at >= motion.at - TRAJECTORY_FOR);
  const [earlier, last] = kept.slice(-2);
  if (earlier && last && last.at - earlier.at < TRAJECTORY_EVERY) kept.pop();
  return [...kept, placeOf(motion)];
}

function add(before: Motion, now: Motion): MotionStatistics {
  const { distance, fastest, moving, stationary } = before.statistics;
  const seconds = secondsOf(now.at) - secondsOf(before.at);
  const speed = Math.hypot(now.x.velocity, now.y.velocity);
  const moves = speed > MOVES * now.height;
  const counted = seconds > GAP ? 0 : seconds;
  const way = Math.hypot(now.x.place - before.x.place, now.y.place - before.y.place);
  return {
    distance: distance + (moves || counted === 0 ? way : 0),
    fastest: moves ? Math.max(fastest, speed) : fastest,
    moving: moving + (moves ? counted : 0),
    stationary: stationary + (moves ? 0 : counted),
  };
}
