import type { DecodeContext } from "./family.ts";

/** From pixels of a model's input to pixels of the source. */
export interface Placement {
  toX(x: number): number;
  toY(y: number): number;
}

/** How what a picture shows of the source lies in the model's input. */
export function placement({ input, picture, region }: Omit<DecodeContext, "minScore" | "classes">): Placement {
  const centred = input.fit === "contain-centre";
  const free = (whole: number, part: number): number => (centred ? Math.floor((whole - part) / 2) : 0);
  const [left, top] = [free(input.width, picture.width), free(input.height, picture.height)];
  const scaleX = (region.x2 - region.x1) / picture.width;
  const scaleY = (region.y2 - region.y1) / picture.height;
  return { toX: (x) => region.x1 + (x - left) * scaleX, toY: (y) => region.y1 + (y - top) * scaleY };
}
