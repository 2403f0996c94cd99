const KEYPOINTS = 17;
const BYTES_EACH = 5;
const STEPS_PER_PIXEL = 4;
const SCORE_STEPS = 255;

/** x, y, score of COCO's 17 keypoints in 85 bytes: quarters of a pixel as int16, little-endian, and 255ths. */
export function packKeypoints(keypoints: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(KEYPOINTS * BYTES_EACH);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < KEYPOINTS; i++) {
    const [x = 0, y = 0, score = 0] = keypoints.slice(3 * i, 3 * i + 3);
    view.setInt16(i * BYTES_EACH, steps(x), true);
    view.setInt16(i * BYTES_EACH + 2, steps(y), true);
    view.setUint8(i * BYTES_EACH + 4, Math.round(Math.min(1, Math.max(0, score)) * SCORE_STEPS));
  }
  return bytes;
}

/** The 51 numbers that were packed, as exactly as they were kept. */
export function unpackKeypoints(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: KEYPOINTS }, (_, i) => [
    view.getInt16(i * BYTES_EACH, true) / STEPS_PER_PIXEL,
    view.getInt16(i * BYTES_EACH + 2, true) / STEPS_PER_PIXEL,
    Math.round((view.getUint8(i * BYTES_EACH + 4) / SCORE_STEPS) * 1000) / 1000,
  ]).flat();
}

const steps = (pixels: number): number =>
  Math.min(0x7fff, Math.max(-0x8000, Math.round(pixels * STEPS_PER_PIXEL))) || 0;
