import { averagePrecision } from "@sensorium/perception";
import type { Detections } from "@sensorium/protocol";

/** What two models found in one picture. */
export interface TwoFindings {
  readonly trusted: Detections;
  readonly other: Detections;
}

/**
 * How well a detector agrees with one that is trusted, 0 to 1: its average precision at overlap .50 when everything that
 * the trusted one found with at least the score `high` is taken for true; null when that is nothing.
 */
export function agreementOf(findings: readonly TwoFindings[], high: number): number | null {
  const judged = findings.map(({ trusted, other }) => ({ truth: sureOf(trusted, high), found: other }));
  return averagePrecision(judged).ap50;
}

function sureOf({ boxes, scores, classes }: Detections, high: number) {
  const sure = [...scores.keys()].filter((index) => (scores[index] ?? 0) >= high);
  return {
    count: sure.length,
    boxes: Float32Array.from(sure.flatMap((index) => [...boxes.subarray(4 * index, 4 * index + 4)])),
    classes: Uint16Array.from(sure, (index) => classes[index] ?? 0),
    crowds: new Uint8Array(sure.length),
  };
}
