/** What a gate sees of a picture: brightness in a grid of cells, row by row. */
export interface LumaGrid {
  readonly columns: number;
  readonly rows: number;
  readonly cells: Uint8Array;
}

export interface MotionGateOptions {
  /** Brightness steps by which a cell must leave its background, beyond its own noise (10 of 255). */
  readonly contrast?: number;
  /** The part of the cells that must do so at once (0.003: a person far away). */
  readonly area?: number;
  /** How long the gate stays open after the last motion, in microseconds (2 s). */
  readonly holdMicros?: number;
  /** A closed gate lets one frame through this often, so that what never moves is found too (10 s). */
  readonly heartbeatMicros?: number;
}

/** How fast the background follows a picture that changes slowly, per frame. */
const FOLLOW = 0.05;
/** Noise a cell is granted, in multiples of its mean deviation. */
const NOISE = 4;

/**
 * Decides which frames are worth a detector's time: those in which something moves, those shortly after, those while
 * somebody is being tracked, and one now and then. Each cell knows its own background and how much it flickers, so
 * that a noisy sensor at night does not keep the gate open.
 */
export class MotionGate {
  readonly #options: Required<MotionGateOptions>;
  #background: Float32Array | undefined;
  #deviation = new Float32Array(0);
  #openUntil = Number.NEGATIVE_INFINITY;
  #nextHeartbeat = Number.NEGATIVE_INFINITY;
  #gated = 0;

  constructor({ contrast = 10, area = 0.003, holdMicros = 2e6, heartbeatMicros = 10e6 }: MotionGateOptions = {}) {
    this.#options = { contrast, area, holdMicros, heartbeatMicros };
  }

  /** Frames not let through. */
  get gated(): number {
    return this.#gated;
  }

  /** Keeps the gate open, because somebody is being tracked. */
  attend(at: number): void {
    this.#openUntil = Math.max(this.#openUntil, at + this.#options.holdMicros);
  }

  /** Whether the frame at media time `at` (microseconds, growing) is let through. */
  passes(grid: LumaGrid, at: number): boolean {
    if (this.#moves(grid)) this.attend(at);
    const open = at <= this.#openUntil || at >= this.#nextHeartbeat;
    if (open) this.#nextHeartbeat = at + this.#options.heartbeatMicros;
    else this.#gated++;
    return open;
  }

  #moves({ cells }: LumaGrid): boolean {
    if (this.#background?.length !== cells.length) {
      this.#background = Float32Array.from(cells);
      this.#deviation = new Float32Array(cells.length);
      return true;
    }
    const { contrast, area } = this.#options;
    let moving = 0;
    for (let i = 0; i < cells.length; i++) if (this.#learn(this.#background, i, cells[i] ?? 0) > contrast) moving++;
    return moving >= Math.max(1, area * cells.length);
  }

  /** By how much a cell leaves its background beyond its noise; the background then follows a little. */
  #learn(background: Float32Array, cell: number, value: number): number {
    const known = background[cell] ?? 0;
    const noise = this.#deviation[cell] ?? 0;
    const away = Math.abs(value - known);
    background[cell] = known + FOLLOW * (value - known);
    this.#deviation[cell] = noise + FOLLOW * (away - noise);
    return away - NOISE * noise;
  }
}
