import { boxAt, foundOfTracks } from "@sensorium/perception";
import type { Detections, Micros, Size, Tracked } from "@sensorium/protocol";
import { encodePng } from "../codec/png.ts";
import type { Frame } from "../flow/frame.ts";
import type { DensePoseEstimator } from "../models/crop-model.ts";
import { inPixelsOf } from "./analysis.ts";
import type { SurfaceShown, SurfacesShown } from "./camera-view.ts";
import { lookAt, surestPeople, type WorthALook } from "./look-at.ts";

/** How long somebody who has asked once is taken to want more, in microseconds of the stream. */
const ASKS_FOR = 10_000_000;

/** What was found in a frame, and the surface of each body in it; null for what was not looked at or is nobody. */
export interface FoundSurfaces {
  readonly detections: Detections;
  readonly surfaces: readonly (SurfaceShown | null)[];
}

export interface DensePoseOptions extends WorthALook {
  /** Milliseconds that only grow; those of this process when absent. */
  now?(): number;
}

/**
 * Looks at people for where their skin is, each in a crop of the source's own picture: only while somebody asks, and
 * never longer than it rests, so that a slow model does not take the tracks' frames away for good.
 */
export class DensePoseFinder {
  readonly #model: DensePoseEstimator;
  readonly #options: DensePoseOptions;
  readonly #now: () => number;
  #askedAt: Micros | undefined;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(model: DensePoseEstimator, options: DensePoseOptions) {
    this.#model = model;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Looks at the people among `detections`; null where nobody asks, or it rests. The frame stays owned until then. */
  async find(frame: Frame, detections: Detections): Promise<FoundSurfaces | null> {
    const startedMs = this.#now();
    if (!this.#isAsked(frame.at) || startedMs < this.#restsUntilMs) return null;
    const surfaces = new Array<SurfaceShown | null>(detections.count).fill(null);
    await Promise.all(
      surestPeople(detections, this.#options).map(async (index) => {
        surfaces[index] = await this.#look(frame, { detections, index });
      }),
    );
    const endedMs = this.#now();
    this.#restsUntilMs = 2 * endedMs - startedMs;
    return { detections, surfaces };
  }

  /** The surfaces of the tracks that came of a frame, in pixels of `size`. Whoever reads them wants more. */
  follow(
    tracked: Tracked,
    found: FoundSurfaces | null,
    { at, from, size }: { readonly at: Micros; readonly from: Size; readonly size: Size },
  ): SurfacesShown {
    const [across, down] = [size.width / from.width, size.height / from.height];
    const own = found && foundOfTracks(tracked, inPixelsOf(found.detections, { from, to: size }));
    return {
      of: (track) => {
        this.#askedAt = at;
        const surface = found?.surfaces[own?.[tracked.tracks.indexOf(track)] ?? -1];
        if (!surface) return null;
        const { x1, y1, x2, y2 } = surface.box;
        return { ...surface, box: { x1: x1 * across, y1: y1 * down, x2: x2 * across, y2: y2 * down } };
      },
    };
  }

  /** A clock that began anew is not far from where it was asked last, or it is asked again. */
  #isAsked(at: Micros): boolean {
    return this.#askedAt !== undefined && Math.abs(at - this.#askedAt) <= ASKS_FOR;
  }

  async #look(
    frame: Frame,
    { detections, index }: { readonly detections: Detections; readonly index: number },
  ): Promise<SurfaceShown | null> {
    const surface = await lookAt(this.#model, { frame, box: boxAt(detections, index) });
    if (!surface) return null;
    const { box, iuv } = surface;
    return { model: this.#model.model.name, box, png: await encodePng(iuv, surface) };
  }
}
