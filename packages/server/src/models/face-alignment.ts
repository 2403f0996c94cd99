import { FACE_LANDMARKS } from "@sensorium/protocol";

/**
 * Where ArcFace (Deng et al. 2019, arXiv 1801.07698) and its like have the landmarks of a face of 112×112 pixels, x and
 * y in the order of `FACE_LANDMARKS`.
 */
const TEMPLATE = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041];
const TEMPLATE_SIDE = 112;

/** Turns, scales and moves points: x → a·x − b·y + x0, y → b·x + a·y + y0. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x0: number;
  readonly y0: number;
}

/**
 * The turn, scale and shift that bring points closest to others, in the sense of least squares (Umeyama 1991, doi
 * 10.1109/34.88573; in the plane, points being complex numbers, it is one division). Both are x and y per point; points
 * that are no numbers are left out. Null with fewer than two points, or where all lie on one.
 */
export function similarityBetween(from: ArrayLike<number>, to: ArrayLike<number>): Similarity | null {
  const at = (points: ArrayLike<number>, point: number) => ({
    x: points[2 * point] ?? Number.NaN,
    y: points[2 * point + 1] ?? Number.NaN,
  });
  const pairs = Array.from({ length: from.length / 2 }, (_, point) => ({ p: at(from, point), q: at(to, point) }));
  const known = pairs.filter(({ p, q }) => Number.isFinite(p.x + p.y + q.x + q.y));
  const mean = (of: (pair: (typeof known)[number]) => number) =>
    known.reduce((sum, pair) => sum + of(pair), 0) / known.length;
  const [px, py, qx, qy] = [mean(({ p }) => p.x), mean(({ p }) => p.y), mean(({ q }) => q.x), mean(({ q }) => q.y)];
  let [along, across, spread] = [0, 0, 0];
  for (const { p, q } of known) {
    const [x, y, u, v] = [p.x - px, p.y - py, q.x - qx, q.y - qy];
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  const [a, b] = [along / spread, across / spread];
  if (!(a * a + b * b > 0)) return null;
  return { a, b, x0: qx - a * px + b * py, y0: qy - b * px - a * py };
}

/** The similarity that brings a face's landmarks, in pixels of its picture, to where a face of `side`² pixels has them. */
export function faceAlignment(landmarks: ArrayLike<number>, side: number): Similarity | null {
  const template = TEMPLATE.map((value) => (value * side) / TEMPLATE_SIDE);
  return similarityBetween(Array.from(landmarks).slice(0, 2 * FACE_LANDMARKS.length), template);
}

/** Three planes of bytes. */
export interface Planes {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * What a similarity makes of a picture, `side`² pixels, each the mean of the four it falls between; black where it
 * falls outside. Pixels' centres lie on whole coordinates.
 */
export function warp({ data, width, height }: Planes, { a, b, x0, y0 }: Similarity, side: number): Uint8Array {
  const warped = new Uint8Array(3 * side * side);
  const scale = a * a + b * b;
  for (let at = 0; at < side * side; at++) {
    const [u, v] = [(at % side) - x0, Math.floor(at / side) - y0];
    const [x, y] = [(a * u + b * v) / scale, (a * v - b * u) / scale];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    if (left < 0 || top < 0 || left + 1 >= width || top + 1 >= height) continue;
    const [right, down] = [x - left, y - top];
    for (let plane = 0; plane < 3; plane++) {
      const from = (plane * height + top) * width + left;
      const upper = (data[from] ?? 0) * (1 - right) + (data[from + 1] ?? 0) * right;
      const lower = (data[from + width] ?? 0) * (1 - right) + (data[from + width + 1] ?? 0) * right;
      warped[plane * side * side + at] = Math.round(upper * (1 - down) + lower * down);
    }
  }
  return warped;
}
