import {
  ByteTrack,
  type CountingLine,
  type CountingState,
  type Crossing,
  countCrossings,
  noCounting,
  type Tracker,
} from "@sensorium/perception";
import type { Detections, Micros, Size, Tracked } from "@sensorium/protocol";
import type { Thresholds } from "../models/manifest.ts";

export interface AnalysisOptions {
  readonly lines: readonly CountingLine[];
  readonly thresholds: Thresholds;
}

export interface Analysed {
  /** In pixels of `size`. */
  readonly tracked: Tracked;
  readonly size: Size;
  readonly crossings: readonly Crossing[];
}

/**
 * Detections of one camera over time to tracks and crossings. It outlives connections, so that a camera that comes
 * back keeps its tracks; when the source changes its resolution, everything stays in the pixels it started with.
 */
export class Analysis {
  readonly #tracker: Tracker;
  readonly #count: ReturnType<typeof countCrossings>;
  #counting: CountingState = noCounting;
  #size: Size | undefined;

  constructor({ lines, thresholds }: AnalysisOptions) {
    this.#tracker = new ByteTrack({ scores: thresholds });
    this.#count = countCrossings({ lines });
  }

  /** `size` is that of the source at this moment; calls come in the order of `at`. */
  step(detections: Detections, frame: { readonly size: Size; readonly at: Micros }): Analysed {
    this.#size ??= frame.size;
    const size = this.#size;
    const tracked = this.#tracker.update(rescale(detections, frame.size, size), frame.at);
    const { state, events } = this.#count(this.#counting, { tracked, size }, frame.at);
    this.#counting = state;
    return { tracked, size, crossings: events };
  }

  /** Where the tracks are at a moment near the last step, for pictures that were not looked at. */
  predict(at: Micros): Tracked {
    return this.#tracker.predict(at);
  }
}

function rescale(detections: Detections, from: Size, to: Size): Detections {
  if (from.width === to.width && from.height === to.height) return detections;
  const scale = [to.width / from.width, to.height / from.height];
  return { ...detections, boxes: detections.boxes.map((value, i) => value * (scale[i % 2] ?? 1)) };
}
