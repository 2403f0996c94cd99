import { type Detections, pickDetections, type Tracked } from "@sensorium/protocol";
import { iouMatrix } from "../../geometry/iou.ts";
import { Assignment } from "../../tracking/assignment.ts";
import { reaches } from "../comparison.ts";

/** No class, in files that know one kind of thing only, or pedestrian. */
const EVALUATED: readonly number[] = [0, 1];
/** Person on vehicle, static person, distractor, reflection: nobody is wrong to find them, nobody needs to. */
const DISTRACTORS: readonly number[] = [2, 7, 8, 12];
/** The overlap from which a track's box is taken for an annotated one. */
const MATCH = 0.5;

/** What is found in each frame, of one class, as a tracker takes it. */
export const motDetections = (frames: readonly Tracked[]): Detections[] =>
  frames.map(({ count, boxes, scores }) => ({ count, boxes, scores, classes: new Uint16Array(count) }));

/** The pedestrians that are evaluated, hidden ones included: those of class 1, or of none, that are flagged 1. */
export const motPedestrians = (annotated: readonly Tracked[]): Tracked[] =>
  annotated.map((frame) => pick(frame, (i) => EVALUATED.includes(frame.classes[i] ?? 0) && frame.scores[i] === 1));

/**
 * A tracker's output without the boxes that are on distractors, as MOT17 is evaluated (Milan et al. 2016, arXiv
 * 1603.00831): everything annotated in a frame, of every class, is matched with the output, and what matches a person
 * on a vehicle, a standing figure, a distractor or a reflection is neither right nor wrong.
 */
export function withoutDistractors(output: readonly Tracked[], annotated: readonly Tracked[]): Tracked[] {
  const assignment = new Assignment();
  return output.map((tracked, index) => {
    const frame = annotated[index];
    if (!frame) return tracked;
    const overlaps = iouMatrix(frame, tracked);
    const costs = overlaps.map((overlap) => (reaches(overlap, MATCH) ? -overlap : 0));
    const columns = assignment.solve({ costs, rows: frame.count, columns: tracked.count, gate: 0 });
    const spared = new Set([...columns].filter((_, row) => DISTRACTORS.includes(frame.classes[row] ?? 0)));
    return pick(tracked, (i) => !spared.has(i));
  });
}

function pick(tracked: Tracked, keep: (index: number) => boolean): Tracked {
  const kept = Array.from({ length: tracked.count }, (_, i) => i).filter(keep);
  return { ...pickDetections(tracked, kept), tracks: Int32Array.from(kept, (i) => tracked.tracks[i] ?? 0) };
}
