import { anchorOf, isInside, type Polygon, pointInFractions } from "@sensorium/perception";
import type { Detections, Size } from "@sensorium/protocol";

/**
 * The detections that stand outside all masks: those whose bottom centre, where a person's feet are, does. Somebody
 * in front of a masked window is kept. Boxes are in pixels of `size`, masks in fractions of the picture.
 */
export function outside(masks: readonly Polygon[], detections: Detections, size: Size): Detections {
  if (masks.length === 0) return detections;
  const kept = Array.from({ length: detections.count }, (_, i) => i).filter((i) => {
    const feet = pointInFractions(anchorOf(detections, i, { anchor: "bottom-centre", size }), size);
    return !masks.some((mask) => isInside(mask, feet));
  });
  return {
    count: kept.length,
    boxes: Float32Array.from(kept.flatMap((i) => [...detections.boxes.subarray(4 * i, 4 * i + 4)])),
    scores: Float32Array.from(kept, (i) => detections.scores[i] ?? 0),
    classes: Uint16Array.from(kept, (i) => detections.classes[i] ?? 0),
  };
}
