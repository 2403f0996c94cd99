import { isInside, type Polygon } from "@sensorium/perception";

/** What a gate sees of a picture: brightness in a grid of cells, row by row. */
export interface LumaGrid {
  readonly columns: number;
  readonly rows: number;
  readonly cells: Uint8Array;
}

export interface MotionGateOptions {
  /** Brightness steps by which a cell must leave its background, beyond its own noise (10 of 255). */
  readonly contrast?: number;
  /** The part of the cells that must do so at once (0.0015: a person far away). */
  readonly area?: number;
  /**
   * How long the gate stays open after the last sighting, in microseconds (2 s): as long as a tracker waits for
   * somebody who cannot be seen.
   */
  readonly holdMicros?: number;
  /** A closed gate lets one frame through this often, so that what never moves is found too (10 s). */
  readonly heartbeatMicros?: number;
  /** Where motion does not count, in fractions of the picture. */
  readonly masks?: readonly Polygon[];
}

/** The gate stays open this long after the last motion; whoever is found by then keeps it open. */
const AFTER_MOTION = 5e5;
/** So long after it has closed the gate lets one frame through: zones have then given up whoever has gone, too. */
const SETTLE = 2e6;
/** The background follows a lasting change within about this time, in microseconds. */
const LEVEL_MEMORY = 1e6;
/** Noise is learned within about this time, in microseconds. */
const NOISE_MEMORY = 4e6;
/** Noise a cell is granted, in multiples of its mean deviation. */
const NOISE = 4;

/** What is known of the cells; all arrays are as long as the grid. */
interface Background {
  readonly level: Float32Array;
  /** Mean deviation from the level. */
  readonly noise: Float32Array;
  /** 1 where motion counts. */
  readonly counts: Uint8Array;
  /** Cells that must move at once. */
  readonly enough: number;
}

/**
 * Decides which frames are worth a detector's time: those in which something moves, those shortly after, those while
 * somebody is being tracked, and one now and then. Each cell knows its own background and how much it flickers, so
 * that a noisy sensor at night does not keep the gate open.
 */
export class MotionGate {
  readonly #options: Required<MotionGateOptions>;
  #background: Background | undefined;
  #last = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #nextHeartbeat = Number.NEGATIVE_INFINITY;
  #gated = 0;

  constructor(options: MotionGateOptions = {}) {
    const { contrast = 10, area = 0.0015, holdMicros = 2e6, heartbeatMicros = 10e6, masks = [] } = options;
    this.#options = { contrast, area, holdMicros, heartbeatMicros, masks };
  }

  /** Frames not let through. */
  get gated(): number {
    return this.#gated;
  }

  /** Keeps the gate open, because somebody is seen at media time `at`. */
  attend(at: number): void {
    this.#openTo(at + this.#options.holdMicros);
  }

  /** Whether the frame at media time `at` (microseconds, growing) is let through. */
  passes(grid: LumaGrid, at: number): boolean {
    if (this.#moves(grid, at)) this.#openTo(at + AFTER_MOTION);
    const open = at <= this.#openUntil;
    if (open) this.#nextHeartbeat = this.#openUntil + SETTLE;
    else if (at >= this.#nextHeartbeat) this.#nextHeartbeat = at + this.#options.heartbeatMicros;
    else {
      this.#gated++;
      return false;
    }
    return true;
  }

  #openTo(at: number): void {
    this.#openUntil = Math.max(this.#openUntil, at);
  }

  #moves(grid: LumaGrid, at: number): boolean {
    const since = at - this.#last;
    this.#last = at;
    if (this.#background?.level.length === grid.cells.length)
      return learn(this.#background, grid, { since, contrast: this.#options.contrast });
    this.#background = newBackground(grid, this.#options);
    return true;
  }
}

function newBackground({ columns, rows, cells }: LumaGrid, { masks, area }: Required<MotionGateOptions>): Background {
  const counts = new Uint8Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const centre = { x: ((i % columns) + 0.5) / columns, y: (Math.floor(i / columns) + 0.5) / rows };
    counts[i] = masks.some((mask) => isInside(mask, centre)) ? 0 : 1;
  }
  const enough = Math.max(1, area * cells.length);
  return { level: Float32Array.from(cells), noise: new Float32Array(cells.length), counts, enough };
}

/** Whether enough cells leave their background beyond their noise; the background then follows a little. */
function learn(
  { level, noise, counts, enough }: Background,
  { cells }: LumaGrid,
  { since, contrast }: { readonly since: number; readonly contrast: number },
): boolean {
  const follow = 1 - Math.exp(-since / LEVEL_MEMORY);
  const heed = 1 - Math.exp(-since / NOISE_MEMORY);
  let moving = 0;
  for (let i = 0; i < cells.length; i++) {
    const known = level[i] ?? 0;
    const flicker = noise[i] ?? 0;
    const leaves = (cells[i] ?? 0) - known;
    const away = Math.abs(leaves);
    if (away > contrast + NOISE * flicker) moving += counts[i] ?? 0;
    level[i] = known + follow * leaves;
    // Somebody who passes is no noise: a cell that he leaves must see the next one.
    noise[i] = flicker + heed * (Math.min(away, contrast) - flicker);
  }
  return moving >= enough;
}
