import { type CameraId, type Micros, SensoriumError, type Size, type WallMs } from "@sensorium/protocol";

/**
 * Pixels in shared memory: planes G, B, R of `width` × `height` bytes each, tightly packed from `offset`.
 * The picture is the source scaled to fit a model's input; it is valid while its frame is owned.
 */
export interface Picture {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly width: number;
  readonly height: number;
}

export interface FrameInit {
  readonly camera: CameraId;
  readonly sequence: number;
  readonly at: Micros;
  readonly capturedMs: WallMs;
  readonly decodedMs: WallMs;
  readonly size: Size;
  readonly picture: Picture | null;
  /** Gives the picture's slot back; called once, by the last owner. */
  readonly release: () => void;
}

/** Tells when somebody lets a frame be collected while still owning it: a slot would be lost for good. */
const abandoned = new FinalizationRegistry<string>((label) => {
  process.emitWarning(`a frame was collected without release: ${label}`, { code: "SENSORIUM_FRAME_LEAK" });
});

/** One moment of one camera. Every owner disposes once; the last one gives the memory back. */
export class Frame implements Disposable {
  readonly camera: CameraId;
  /** Grows by one per decoded frame of the stream, whether or not anyone looked at it. */
  readonly sequence: number;
  readonly at: Micros;
  readonly capturedMs: WallMs;
  readonly decodedMs: WallMs;
  /** The source's size in pixels. */
  readonly size: Size;
  /** Null where the model needs no pixels (the simulator's truth). */
  readonly picture: Picture | null;
  readonly #release: () => void;
  #owners = 1;

  constructor(init: FrameInit) {
    this.camera = init.camera;
    this.sequence = init.sequence;
    this.at = init.at;
    this.capturedMs = init.capturedMs;
    this.decodedMs = init.decodedMs;
    this.size = init.size;
    this.picture = init.picture;
    this.#release = init.release;
    abandoned.register(this, `${init.camera} #${init.sequence}`, this);
  }

  /** Adds an owner. */
  share(): this {
    if (this.#owners === 0) throw new SensoriumError("frame-released", "a frame was shared after its release");
    this.#owners++;
    return this;
  }

  [Symbol.dispose](): void {
    if (this.#owners === 0) throw new SensoriumError("frame-released", "a frame was released twice");
    if (--this.#owners > 0) return;
    abandoned.unregister(this);
    this.#release();
  }
}
