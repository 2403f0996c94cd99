import type { Box } from "@sensorium/perception";
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

/** The picture a model wants: at most this size, aspect kept, or exactly this size. */
export interface PictureFormat {
  readonly width: number;
  readonly height: number;
  readonly fit: "contain" | "stretch";
}

/** Pixels cut out of a frame; whoever asked for them gives the memory back. */
export interface CutPicture extends Picture, Disposable {}

export interface JpegOptions {
  /** In source pixels; all of the picture when absent. */
  readonly region?: Box | undefined;
  /** Wider parts are scaled down to this width. */
  readonly maxWidth: number;
  /** 1..100 */
  readonly quality: number;
}

/** What can be had of a frame's picture at the source's resolution, as long as somebody owns it. */
export interface FrameParts {
  crop(region: Box, format: PictureFormat): Promise<CutPicture>;
  jpeg(options: JpegOptions): Promise<Uint8Array>;
}

export interface FrameInit {
  readonly camera: CameraId;
  readonly sequence: number;
  readonly at: Micros;
  readonly capturedMs: WallMs;
  readonly decodedMs: WallMs;
  readonly size: Size;
  readonly picture: Picture | null;
  /** What the picture shows, in source pixels; all of it when absent. */
  readonly region?: Box | undefined;
  /** Absent where the source's own picture is not kept. */
  readonly parts?: FrameParts | undefined;
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
  /** What the picture shows, in source pixels. */
  readonly region: Box;
  readonly #parts: FrameParts | undefined;
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
    this.region = init.region ?? { x1: 0, y1: 0, x2: init.size.width, y2: init.size.height };
    this.#parts = init.parts;
    this.#release = init.release;
    abandoned.register(this, `${init.camera} #${init.sequence}`, this);
  }

  /** Adds an owner. */
  share(): this {
    if (this.#owners === 0) throw new SensoriumError("frame-released", "a frame was shared after its release");
    this.#owners++;
    return this;
  }

  /**
   * A part of the source's own picture, in source pixels and inside of it, scaled. Whoever asks keeps owning the frame
   * until then. Fails with "source-ended" (retryable) when the source went away meanwhile.
   */
  crop(region: Box, format: PictureFormat): Promise<CutPicture> {
    return this.#own().crop(region, format);
  }

  /** The source's own picture, or a part of it, as JPEG; fails like `crop`. */
  jpeg(options: JpegOptions): Promise<Uint8Array> {
    return this.#own().jpeg(options);
  }

  #own(): FrameParts {
    if (this.#owners === 0) throw new SensoriumError("frame-released", "a frame was cut after its release");
    if (!this.#parts) throw new SensoriumError("internal", "a frame whose source's picture is not kept was cut");
    return this.#parts;
  }

  [Symbol.dispose](): void {
    if (this.#owners === 0) throw new SensoriumError("frame-released", "a frame was released twice");
    if (--this.#owners > 0) return;
    abandoned.unregister(this);
    this.#release();
  }
}
