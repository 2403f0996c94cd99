import type { analytics } from "@sensorium/protocol/rest";

/** One step of a chart, in fractions of its width and height, y down. */
export interface ChartStep {
  readonly at: string;
  readonly x: number;
  readonly width: number;
  /** The top of the peak's bar; null where nothing was watched. */
  readonly peak: number | null;
  readonly average: number | null;
}

export interface Chart {
  /** What the top edge stands for. */
  readonly most: number;
  readonly steps: readonly ChartStep[];
  /** The averages as polylines, broken where nothing was watched. */
  readonly lines: readonly (readonly (readonly [x: number, y: number])[])[];
}

/** The chart of a timeline whose steps are of one length. */
export function chartOf(timeline: analytics.Occupancy["timeline"]): Chart {
  const most = Math.max(1, ...timeline.map(({ peak }) => peak ?? 0));
  const width = 1 / Math.max(1, timeline.length);
  const height = (value: number | null): number | null => value && 1 - value / most;
  const steps = timeline.map(({ timestamp: at, peak, average }, i) => ({
    ...{ at, width },
    x: i * width,
    peak: peak === 0 ? 1 : height(peak),
    average: average === 0 ? 1 : height(average),
  }));
  return { most, steps, lines: linesOf(steps) };
}

function linesOf(steps: readonly ChartStep[]): Chart["lines"] {
  const lines: (readonly [number, number])[][] = [];
  let open = false;
  for (const { x, width, average } of steps) {
    if (average !== null) {
      if (!open) lines.push([]);
      lines.at(-1)?.push([x, average], [x + width, average]);
    }
    open = average !== null;
  }
  return lines;
}
