import type { Direction, LineId, Micros, Size } from "@sensorium/protocol";
import { anchorOf } from "../../geometry/box.ts";
import { lineInPixels } from "../../geometry/line.ts";
import { type Point, pointInFractions, pointInPixels } from "../../geometry/point.ts";
import type { Step } from "../step.ts";
import type { TrackedFrame } from "../tracked-frame.ts";
import {
  type CountingLine,
  type CountingOptions,
  type CountingSettings,
  countingSettings,
} from "./counting-options.ts";
import { advance, type LineMemory, type LineRule, type Sighting, unseen, type Way } from "./line-memory.ts";

/** A completed crossing of a line by a track. */
export interface Crossing {
  readonly line: LineId;
  readonly direction: Direction;
  readonly track: number;
  /** Index into the model's class names. */
  readonly classIndex: number;
  /** The detector's at the sighting nearest the crossing, 0..1. */
  readonly score: number;
  /** The instant the anchor met the line, interpolated; earlier than the step that completed the crossing. */
  readonly at: Micros;
  /** Where it met the line, in fractions of the picture. */
  readonly point: Point;
}

interface TrackMemory {
  readonly last: Sighting;
  /** One per line, in the order of the lines. */
  readonly lines: readonly LineMemory[];
}

/** What a counter remembers of the tracks seen of late. It belongs to its lines: other lines start with none. */
export interface CountingState {
  readonly tracks: ReadonlyMap<number, TrackMemory>;
}

/** Nothing seen yet. */
export const noCounting: CountingState = { tracks: new Map() };

/**
 * A step that counts crossings of directed lines by tracks. A track crosses when the path of its anchor meets the line
 * itself, not its extension, also across a gap in the track; the crossing is complete, and returned once, when the
 * anchor has stayed beyond for some sightings or gone some distance. Throws `config-invalid` for unusable options.
 */
export function countCrossings(options: CountingOptions): Step<CountingState, TrackedFrame, Crossing> {
  const settings = countingSettings(options);
  return (state, { tracked, size }, at) => {
    const tracks = seenSince(state.tracks, at - settings.forgetAfter);
    const rules = settings.lines.map((line) => ruleFor(line, size, settings));
    const events: Crossing[] = [];
    for (let i = 0; i < tracked.count; i++) {
      const track = tracked.tracks[i] ?? 0;
      const before = tracks.get(track);
      const spot = anchorOf(tracked, i, { anchor: settings.anchor, size });
      const to = { point: pointInFractions(spot, size), at, score: tracked.scores[i] ?? 0 };
      const from = before?.last ?? to;
      const way: Way = { from, to, path: { a: pointInPixels(from.point, size), b: spot } };
      const steps = rules.map((rule, line) => advance(before?.lines[line] ?? unseen, way, rule));
      tracks.set(track, { last: to, lines: steps.map(({ memory }) => memory) });
      const classIndex = tracked.classes[i] ?? 0;
      steps.forEach(({ memory, met }, line) => {
        const id = settings.lines[line]?.id;
        if (met && id) events.push({ line: id, direction: memory.home < 0 ? "in" : "out", track, classIndex, ...met });
      });
    }
    return { state: { tracks }, events };
  };
}

const ruleFor = (line: CountingLine, size: Size, { frames, distance }: CountingSettings): LineRule => ({
  line: lineInPixels(line, size),
  frames,
  distance: distance * size.height,
  oncePerTrack: line.oncePerTrack ?? false,
});

/** A copy without the tracks that have not been seen for so long that they will not come back. */
function seenSince(tracks: CountingState["tracks"], since: number): Map<number, TrackMemory> {
  const kept = new Map<number, TrackMemory>();
  for (const [track, memory] of tracks) if (memory.last.at >= since) kept.set(track, memory);
  return kept;
}
