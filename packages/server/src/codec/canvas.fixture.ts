import type { Canvas } from "./codec.ts";

/** A black canvas whose rows are padded; the padding must stay as it is. */
export interface TestCanvas extends Canvas {
  /** Bytes of padding that were written to. */
  overflow(): number;
}

const PADDING = 3;
const UNTOUCHED = 0xa5;

/** A canvas of `width` × `height` pixels, its planes zero. */
export function blankCanvas(width: number, height: number): TestCanvas {
  const halves = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const luma = blankPlane(width, height);
  const u = blankPlane(halves.width, halves.height);
  const v = blankPlane(halves.width, halves.height);
  const paddingOf = ({ data, stride }: { data: Uint8Array; stride: number }) =>
    data.filter((_, index) => index % stride >= stride - PADDING);
  return {
    size: { width, height },
    planes: [luma, u, v],
    overflow: () => [luma, u, v].flatMap((plane) => [...paddingOf(plane)]).filter((byte) => byte !== UNTOUCHED).length,
  };
}

/** The [x, y] of every sample of a plane that is not zero, row by row. */
export function painted({ planes }: TestCanvas, index: 0 | 1 | 2): [number, number][] {
  const { data, stride } = planes[index];
  const found: [number, number][] = [];
  data.forEach((value, at) => {
    if (value !== 0 && at % stride < stride - PADDING) found.push([at % stride, Math.floor(at / stride)]);
  });
  return found;
}

function blankPlane(width: number, height: number): { data: Uint8Array; stride: number } {
  const stride = width + PADDING;
  const data = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) data.fill(UNTOUCHED, row * stride + width, (row + 1) * stride);
  return { data, stride };
}
