import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Box } from "../../geometry/box.ts";
import { bodySurface, SURFACE_PARTS, type SurfaceMaps } from "./body-surface.ts";

interface Pixel {
  /** The plane of the coarse scores that wins. */
  readonly coarse: number;
  readonly fine: number;
  readonly u: number;
  readonly v: number;
}

/** Maps in which each pixel is as `paint` has it; U and V of all other parts are wrong. */
function mapsOf(width: number, height: number, paint: (x: number, y: number) => Pixel): SurfaceMaps {
  const plane = width * height;
  const planes = (count: number, value: number) => new Float32Array(count * plane).fill(value);
  const maps = {
    ...{ width, height, coarse: planes(15, -1), fine: planes(SURFACE_PARTS, -1) },
    ...{ u: planes(SURFACE_PARTS, 0.99), v: planes(SURFACE_PARTS, 0.99) },
  };
  for (let at = 0; at < plane; at++) {
    const { coarse, fine, u, v } = paint(at % width, Math.floor(at / width));
    maps.coarse[coarse * plane + at] = 2;
    maps.fine[fine * plane + at] = 3;
    maps.u[fine * plane + at] = u;
    maps.v[fine * plane + at] = v;
  }
  return maps;
}

const boxOf = (x1: number, y1: number, x2: number, y2: number): Box => ({ x1, y1, x2, y2 });
const pixelsOf = (surface: ReturnType<typeof bodySurface>): number[][] =>
  Array.from({ length: (surface?.iuv.length ?? 0) / 3 }, (_, i) => [
    ...(surface?.iuv.subarray(3 * i, 3 * i + 3) ?? []),
  ]);

describe("the surface of a body", () => {
  it("has the part with the best fine score, and that part's own coordinates", () => {
    const maps = mapsOf(2, 2, (x, y) => ({ coarse: 1 + x, fine: 1 + x + 2 * y, u: x / 2, v: y / 5 }));
    const surface = bodySurface(maps, { box: boxOf(10, 20, 12, 22), shown: boxOf(0, 0, 2, 2) });
    expect(surface).toMatchObject({ width: 2, height: 2, box: boxOf(10, 20, 12, 22) });
    expect(pixelsOf(surface)).toEqual([
      [1, 0, 0],
      [2, 128, 0],
      [3, 0, 51],
      [4, 128, 51],
    ]);
  });

  it.each<[string, Pixel]>([
    ["the coarse scores are for the background", { coarse: 0, fine: 3, u: 0.5, v: 0.5 }],
    ["the fine scores are for the background", { coarse: 1, fine: 0, u: 0.5, v: 0.5 }],
  ])("is nothing where %s", (_, pixel) => {
    const nobody = mapsOf(3, 3, () => pixel);
    expect(bodySurface(nobody, { box: boxOf(0, 0, 3, 3), shown: boxOf(0, 0, 3, 3) })).toBeNull();
    const somebody = mapsOf(2, 1, (x) => (x === 0 ? pixel : { coarse: 1, fine: 24, u: 1, v: 0.2 }));
    expect(pixelsOf(bodySurface(somebody, { box: boxOf(0, 0, 2, 1), shown: boxOf(0, 0, 2, 1) }))).toEqual([
      [0, 0, 0],
      [24, 255, 51],
    ]);
  });

  it("is read from the part of the maps that shows the box", () => {
    const maps = mapsOf(8, 4, (x, y) => ({ coarse: 1, fine: 1 + x + 4 * (y % 2), u: 0, v: 0 }));
    const surface = bodySurface(maps, { box: boxOf(0, 0, 2, 2), shown: boxOf(4, 2, 6, 4) });
    expect(pixelsOf(surface).map(([part]) => part)).toEqual([5, 6, 9, 10]);
  });

  it("has square pixels, never more than the source, and at most 112 on its longer side", () => {
    const maps = mapsOf(56, 56, () => ({ coarse: 1, fine: 1, u: 0, v: 0 }));
    const sizeOf = (width: number, height: number) => {
      const box = boxOf(5, 5, 5 + width, 5 + height);
      const surface = bodySurface(maps, { box, shown: boxOf(0, 0, 56, 56) });
      return [surface?.width, surface?.height];
    };
    expect(sizeOf(30, 80)).toEqual([30, 80]);
    expect(sizeOf(200, 448)).toEqual([50, 112]);
    expect(sizeOf(448, 1)).toEqual([112, 1]);
  });

  it("has parts of 0 to 24 and nothing where there is no part, whatever a model gives", () => {
    const value = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -7, 7),
      fc.float(),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
        const fill = (count: number) =>
          Float32Array.from({ length: 9 * count }, (_, i) => values[i % values.length] ?? 0);
        const charts = { fine: fill(SURFACE_PARTS), u: fill(SURFACE_PARTS), v: fill(SURFACE_PARTS) };
        const maps = { width: 3, height: 3, coarse: fill(2), ...charts };
        const surface = bodySurface(maps, { box: boxOf(0, 0, 3, 3), shown: boxOf(-1, 0, 4, 3) });
        for (const [part = 0, u = 0, v = 0] of pixelsOf(surface)) {
          expect(part).toBeLessThan(SURFACE_PARTS);
          if (part === 0) expect([u, v]).toEqual([0, 0]);
        }
      }),
    );
  });
});
