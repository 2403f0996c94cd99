export {
  type CountingState,
  type Crossing,
  countCrossings,
  noCounting,
} from "./analytics/counting/count-crossings.ts";
export type { CountingLine, CountingOptions } from "./analytics/counting/counting-options.ts";
export type { Step } from "./analytics/step.ts";
export type { TrackedFrame } from "./analytics/tracked-frame.ts";
export {
  noTraffic,
  type TrafficEvent,
  type TrafficOptions,
  type TrafficState,
  trafficPeriods,
} from "./analytics/traffic/traffic-periods.ts";
export { noZones, watchZones, type ZoneEvent, type ZoneState } from "./analytics/zones/watch-zones.ts";
export type { Zone, ZoneOptions } from "./analytics/zones/zone-options.ts";
export { type Anchor, anchorNames, anchorOf, type Box, type Boxes, boxAt, centreOf } from "./geometry/box.ts";
export { iou, iouMatrix } from "./geometry/iou.ts";
export { distanceFrom, type Line, lineInPixels, meetingOf, type Side, sideOf } from "./geometry/line.ts";
export { type Point, pointInFractions, pointInPixels } from "./geometry/point.ts";
export { edgesOf, isInside, lastMeeting, type Polygon, polygonArea } from "./geometry/polygon.ts";
export {
  type AveragePrecision,
  averagePrecision,
  type ClassPrecision,
  type JudgedPicture,
  type TrueObjects,
} from "./measures/average-precision.ts";
export { type Counted, type CountingError, countingError } from "./measures/counting-error.ts";
export { type MotTextOptions, parseMotText } from "./measures/mot/mot-text.ts";
export { motDetections, motPedestrians, withoutDistractors } from "./measures/mot/pedestrians.ts";
export { parseSequenceInfo, type SequenceInfo } from "./measures/mot/sequence-info.ts";
export {
  addTracking,
  countTracking,
  type TrackingCounts,
  type TrackingScores,
  trackingScores,
} from "./measures/tracking-scores.ts";
export { ByteTrack } from "./tracking/byte-track.ts";
export type { ByteTrackOptions } from "./tracking/byte-track-options.ts";
export { OcSort } from "./tracking/oc-sort.ts";
export type { OcSortOptions } from "./tracking/oc-sort-options.ts";
export { Sort, type SortOptions } from "./tracking/sort.ts";
export type { Tracker } from "./tracking/tracker.ts";
export type { TrackerOptions } from "./tracking/tracker-options.ts";
export {
  createTracker,
  type TrackerName,
  type TrackerOptionsByName,
  trackerNames,
  trackers,
} from "./tracking/trackers.ts";
