import { holding } from "./holding.ts";

/** What a filter knows of one axis: value, velocity, and the three distinct terms of their covariance. */
const VALUE = 0;
const VELOCITY = 1;
const VAR_VALUE = 2;
const COVARIANCE = 3;
const VAR_VELOCITY = 4;
const PER_AXIS = 5;
/** Centre x, centre y, width, height. */
const AXES = 4;
const PER_BOX = AXES * PER_AXIS;
const WIDTH = 2 * PER_AXIS;
const HEIGHT = 3 * PER_AXIS;

/** Standard deviations as a share of the box's own extent along the axis, as in DeepSORT and ByteTrack. */
const POSITION_NOISE = 1 / 20;
const VELOCITY_NOISE = 1 / 160;
/** Those shares hold for one frame of video at this rate; noise over any other span grows with the time in it. */
const FRAMES_PER_SECOND = 30;
/** How many times less certain a first sighting is than a later one: of the place, and of the velocity. */
const FIRST_POSITION = 2;
const FIRST_VELOCITY = 10;

/** Pixels; a box that shrinks fast must neither turn inside out nor become noiseless. */
const MIN_EXTENT = 1;

/**
 * Kalman filters for many boxes, constant velocity, in one typed array: 8 states per box (centre x, centre y, width,
 * height in pixels and their velocities in pixels per second). No noise here couples two axes, so the 8 × 8
 * covariance stays four 2 × 2 blocks, and keeping only those is exact, not an approximation.
 *
 * Slots are chosen by the caller. Noise model: Wojke et al. 2017 (arXiv 1703.07402), on width and height instead of
 * aspect ratio as in Aharon et al. 2022 (arXiv 2206.14651), scaled from frames to seconds.
 */
export class BoxFilters {
  #state = new Float64Array(16 * PER_BOX);

  /** Starts the filter in `slot` at a box (x1 y1 x2 y2 at `index` of `boxes`), at rest and unsure of it. */
  start(slot: number, boxes: Float32Array, index: number): void {
    if ((slot + 1) * PER_BOX > this.#state.length) this.#grow();
    const s = this.#state;
    for (let axis = 0; axis < AXES; axis++) {
      const i = slot * PER_BOX + axis * PER_AXIS;
      const extent = measure(boxes, index, 2 + (axis % 2));
      s[i + VALUE] = measure(boxes, index, axis);
      s[i + VELOCITY] = 0;
      s[i + VAR_VALUE] = (FIRST_POSITION * POSITION_NOISE * extent) ** 2;
      s[i + COVARIANCE] = 0;
      s[i + VAR_VELOCITY] = (FIRST_VELOCITY * VELOCITY_NOISE * FRAMES_PER_SECOND * extent) ** 2;
    }
  }

  /** Moves the box in `slot` on by `seconds`. */
  predict(slot: number, seconds: number): void {
    const s = this.#state;
    const frames = seconds * FRAMES_PER_SECOND;
    for (let axis = 0; axis < AXES; axis++) {
      const i = slot * PER_BOX + axis * PER_AXIS;
      const extent = this.#extent(slot, axis);
      const covariance = s[i + COVARIANCE] ?? 0;
      const varVelocity = s[i + VAR_VELOCITY] ?? 0;
      s[i + VALUE] = (s[i + VALUE] ?? 0) + seconds * (s[i + VELOCITY] ?? 0);
      s[i + VAR_VALUE] =
        (s[i + VAR_VALUE] ?? 0) +
        seconds * (2 * covariance + seconds * varVelocity) +
        frames * (POSITION_NOISE * extent) ** 2;
      s[i + COVARIANCE] = covariance + seconds * varVelocity;
      s[i + VAR_VELOCITY] = varVelocity + frames * (VELOCITY_NOISE * FRAMES_PER_SECOND * extent) ** 2;
    }
  }

  /** Corrects the box in `slot` by a sighting. */
  correct(slot: number, boxes: Float32Array, index: number): void {
    const s = this.#state;
    for (let axis = 0; axis < AXES; axis++) {
      const i = slot * PER_BOX + axis * PER_AXIS;
      const varValue = s[i + VAR_VALUE] ?? 0;
      const covariance = s[i + COVARIANCE] ?? 0;
      const total = varValue + (POSITION_NOISE * this.#extent(slot, axis)) ** 2;
      const surprise = measure(boxes, index, axis) - (s[i + VALUE] ?? 0);
      s[i + VALUE] = (s[i + VALUE] ?? 0) + (varValue / total) * surprise;
      s[i + VELOCITY] = (s[i + VELOCITY] ?? 0) + (covariance / total) * surprise;
      s[i + VAR_VALUE] = varValue - (varValue * varValue) / total;
      s[i + COVARIANCE] = covariance - (varValue * covariance) / total;
      s[i + VAR_VELOCITY] = (s[i + VAR_VELOCITY] ?? 0) - (covariance * covariance) / total;
    }
  }

  /** Stops the growth of a box that is out of sight: unchecked, it would swell or vanish. */
  holdSize(slot: number): void {
    this.#state[slot * PER_BOX + WIDTH + VELOCITY] = 0;
    this.#state[slot * PER_BOX + HEIGHT + VELOCITY] = 0;
  }

  /** Gives `to` the filter in `from`. */
  move(from: number, to: number): void {
    this.copy(this, from, to);
  }

  /** Gives `to` what `others` have in `from`. */
  copy(others: BoxFilters, from: number, to: number): void {
    while ((to + 1) * PER_BOX > this.#state.length) this.#grow();
    const source = others.#state;
    for (let i = 0; i < PER_BOX; i++) this.#state[to * PER_BOX + i] = source[from * PER_BOX + i] ?? 0;
  }

  /** Writes the box in `slot`, moved by `seconds`, to `boxes` at `index` as x1 y1 x2 y2; it is never inside out. */
  read(slot: number, seconds: number, { boxes, index }: { boxes: Float32Array; index: number }): void {
    const s = this.#state;
    const i = slot * PER_BOX;
    const moved = (at: number): number => (s[at + VALUE] ?? 0) + seconds * (s[at + VELOCITY] ?? 0);
    const x = moved(i);
    const y = moved(i + PER_AXIS);
    const halfWidth = Math.max(moved(i + WIDTH), MIN_EXTENT) / 2;
    const halfHeight = Math.max(moved(i + HEIGHT), MIN_EXTENT) / 2;
    boxes[4 * index] = x - halfWidth;
    boxes[4 * index + 1] = y - halfHeight;
    boxes[4 * index + 2] = x + halfWidth;
    boxes[4 * index + 3] = y + halfHeight;
  }

  /** The extent that noise along an axis is measured by: width for x and width, height for y and height. */
  #extent(slot: number, axis: number): number {
    const offset = axis % 2 === 0 ? WIDTH : HEIGHT;
    return Math.max(this.#state[slot * PER_BOX + offset + VALUE] ?? 0, MIN_EXTENT);
  }

  #grow(): void {
    this.#state = holding(new Float64Array(2 * this.#state.length), this.#state);
  }
}

/** Centre x, centre y, width or height of a box given by its corners. */
function measure(boxes: Float32Array, index: number, axis: number): number {
  const low = boxes[4 * index + (axis % 2)] ?? 0;
  const high = boxes[4 * index + 2 + (axis % 2)] ?? 0;
  return axis < 2 ? (low + high) / 2 : high - low;
}
