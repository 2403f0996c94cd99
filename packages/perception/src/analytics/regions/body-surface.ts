import type { Size } from "@sensorium/protocol";
import type { Box } from "../../geometry/box.ts";

/** DensePose divides the skin into 24 parts (Güler, Neverova, Kokkinos 2018); 0 is what is no skin. */
export const SURFACE_PARTS = 25;

/** What the heads of a DensePose model give for one person: planes of `width` × `height` values, one after the other. */
export interface SurfaceMaps extends Size {
  /** Scores of the background and then of one body, or of its 14 coarse parts. */
  readonly coarse: Float32Array;
  /** Scores of the background and of each part. */
  readonly fine: Float32Array;
  /** Coordinates on the skin of each part, 0 to 1; the first plane means nothing. */
  readonly u: Float32Array;
  readonly v: Float32Array;
}

/** Where the places of a body's skin lie in a picture: a raster over a box. */
export interface BodySurface extends Size {
  /** What the raster covers, in source pixels. */
  readonly box: Box;
  /** Part, U and V of each pixel in turn, row by row; U and V from 0 to 255. All three are 0 where nobody is. */
  readonly iuv: Uint8Array;
}

/** What a raster is made of. */
export interface SurfaceView {
  /** In source pixels. */
  readonly box: Box;
  /** The part of the maps that shows the box, in their pixels. */
  readonly shown: Box;
}

/** The longer side of a raster: as many pixels as the heads of DensePose R-CNN give. */
const MOST_PIXELS = 112;

/**
 * The surface of the body in a box: of each pixel the part with the best fine score, where the coarse scores say that
 * there is somebody, and that part's coordinates. Pixels are square, at most as many as the source has, and 112 on the
 * longer side. Null where nobody is.
 */
export function bodySurface(maps: SurfaceMaps, { box, shown }: SurfaceView): BodySurface | null {
  const { width, height } = rasterOf(box);
  const iuv = new Uint8Array(3 * width * height);
  // Clamps and rounds; what is no number becomes 0.
  const bytes = new Uint8ClampedArray(iuv.buffer);
  const plane = maps.width * maps.height;
  let seen = false;
  for (let row = 0, to = 0; row < height; row++) {
    const y = pixelAt(shown.y1 + ((row + 0.5) / height) * (shown.y2 - shown.y1), maps.height);
    for (let column = 0; column < width; column++, to += 3) {
      const x = pixelAt(shown.x1 + ((column + 0.5) / width) * (shown.x2 - shown.x1), maps.width);
      const at = y * maps.width + x;
      const part = best(maps.coarse, { at, plane }) > 0 ? best(maps.fine, { at, plane }) : 0;
      if (part === 0) continue;
      seen = true;
      bytes[to] = part;
      bytes[to + 1] = 255 * (maps.u[part * plane + at] ?? 0);
      bytes[to + 2] = 255 * (maps.v[part * plane + at] ?? 0);
    }
  }
  return seen ? { width, height, box, iuv } : null;
}

function rasterOf({ x1, y1, x2, y2 }: Box): Size {
  const scale = Math.min(1, MOST_PIXELS / Math.max(x2 - x1, y2 - y1));
  const pixels = (length: number): number => Math.max(1, Math.round(scale * length));
  return { width: pixels(x2 - x1), height: pixels(y2 - y1) };
}

const pixelAt = (place: number, length: number): number => Math.min(length - 1, Math.max(0, Math.floor(place)));

/** The plane with the highest value at one pixel; the first where none is above it. */
function best(scores: Float32Array, { at, plane }: { readonly at: number; readonly plane: number }): number {
  let [winner, most] = [0, scores[at] ?? 0];
  for (let index = 1, i = at + plane; i < scores.length; index++, i += plane) {
    const score = scores[i] ?? 0;
    if (score > most) {
      winner = index;
      most = score;
    }
  }
  return winner;
}
