import { type Micros, micros } from "@sensorium/protocol";
import { distanceFrom, type Line, meetingOf, type Side, sideOf } from "../../geometry/line.ts";
import { between, type Point } from "../../geometry/point.ts";

/** Where an anchor was, and how sure the detector was of it. */
export interface Sighting {
  /** Fractions of the picture, so that a change of resolution moves nothing. */
  readonly point: Point;
  readonly at: Micros;
  readonly score: number;
}

/** The straight way of an anchor from one sighting to the next. */
export interface Way {
  readonly from: Sighting;
  readonly to: Sighting;
  /** The same way in pixels. */
  readonly path: Line;
}

/** What is known of one track at one line. */
export interface LineMemory {
  /** The side the track belongs to until a crossing is complete; 0 while it has been nowhere but on the line. */
  readonly home: Side;
  /** Present while the anchor is on the other side and may yet turn back. */
  readonly away?: {
    readonly sightings: number;
    /** Where it met the line; absent when it went around the line's end. */
    readonly met: Sighting | undefined;
  };
  /** Whether the track has been counted here. */
  readonly counted: boolean;
}

/** What is known before the first sighting: nothing. */
export const unseen: LineMemory = { home: 0, counted: false };

/** A line, and when a track that has left its side of it belongs to the other. */
export interface LineRule {
  /** In pixels. */
  readonly line: Line;
  /** After so many sightings in a row beyond the line … */
  readonly frames: number;
  /** … or at once when further beyond than so many pixels. */
  readonly distance: number;
  /** Whether only a track's first crossing counts. */
  readonly oncePerTrack: boolean;
}

/**
 * Takes a track one sighting further at one line. `met` is set when this sighting completes a crossing that counts.
 *
 * Being on the line is not being beyond it: who stands there has not left his side. Coming back before the crossing is
 * complete undoes it, so that a shaking box counts nothing. Going around the end changes sides without a crossing.
 */
export function advance(
  memory: LineMemory,
  way: Way,
  rule: LineRule,
): { readonly memory: LineMemory; readonly met?: Sighting | undefined } {
  const { home, away, counted } = memory;
  const side = sideOf(rule.line, way.path.b);
  if (home === 0) return { memory: { home: side, counted } };
  if (side !== -home) return { memory: away ? { home, counted } : memory };

  const met = away ? away.met : meet(way, rule.line);
  const sightings = (away?.sightings ?? 0) + 1;
  const far = Math.abs(distanceFrom(rule.line, way.path.b)) > rule.distance;
  if (!far && sightings < rule.frames) return { memory: { home, counted, away: { sightings, met } } };
  const counts = met !== undefined && !(rule.oncePerTrack && counted);
  return { memory: { home: side, counted: counted || counts }, met: counts ? met : undefined };
}

/** The interpolated sighting at which a way meets a line, with the score of the nearer end. */
function meet({ from, to, path }: Way, line: Line): Sighting | undefined {
  const t = meetingOf(path, line);
  if (t === undefined) return undefined;
  return {
    point: between(from.point, to.point, t),
    at: micros(from.at + t * (to.at - from.at)),
    score: t < 0.5 ? from.score : to.score,
  };
}
