import type { pose } from "@sensorium/protocol/rest";
import type { RecordedTrack, TrackPoint } from "../../../storage/history.ts";
import { tenths, thousandths } from "../../streaming/rounded.ts";
import { timeOf } from "./scope.ts";

/** Somebody who was recorded so lately is still there: poses are recorded every second or so. */
const ACTIVE_MS = 5_000;
/** Somebody who is out of sight for longer is not taken for the same any more. */
const LOST_MS = 30_000;
/** Between points that are further apart in time nothing is known. */
const GAP_MS = 10_000;
/** A box shakes even around somebody who stands; in heights of the picture per second. */
const STANDING_STILL = 0.03;

/** A recorded track in the words of the wire. */
export function trackingOf(
  track: RecordedTrack,
  { nowMs, trajectory }: { readonly nowMs: number; readonly trajectory: boolean },
): pose.Tracking {
  const { firstSeenMs, lastSeenMs, points, averageScore } = track;
  const unseenMs = nowMs - lastSeenMs;
  return {
    track_id: track.track,
    person_id: track.person,
    environment_id: track.environment,
    camera_id: track.camera,
    first_seen: timeOf(firstSeenMs),
    last_seen: timeOf(lastSeenMs),
    duration_seconds: (lastSeenMs - firstSeenMs) / 1000,
    total_frames: track.frames,
    average_confidence: thousandths(averageScore),
    status: unseenMs <= ACTIVE_MS ? "active" : unseenMs <= LOST_MS ? "lost" : "ended",
    ...(trajectory && { trajectory: points.map(pointOf) }),
    statistics: statisticsOf(points, STANDING_STILL * track.size.height),
  };
}

const pointOf = ({ wallMs, x, y, score }: TrackPoint) => ({
  timestamp: timeOf(wallMs),
  center_x: tenths(x),
  center_y: tenths(y),
  confidence: thousandths(score),
});

/** `still` in pixels per second. */
function statisticsOf(points: readonly TrackPoint[], still: number): pose.Tracking["statistics"] {
  let [distance, movingMs, stationaryMs] = [0, 0, 0];
  points.slice(1).forEach((to, i) => {
    const from = points[i] ?? to;
    const ms = to.wallMs - from.wallMs;
    if (ms <= 0 || ms > GAP_MS) return;
    const pixels = Math.hypot(to.x - from.x, to.y - from.y);
    if ((1000 * pixels) / ms <= still) {
      stationaryMs += ms;
      return;
    }
    movingMs += ms;
    distance += pixels;
  });
  const knownMs = movingMs + stationaryMs;
  return {
    movement_distance: tenths(distance),
    average_speed: knownMs === 0 ? null : tenths((1000 * distance) / knownMs),
    time_stationary: stationaryMs / 1000,
    time_moving: movingMs / 1000,
  };
}
