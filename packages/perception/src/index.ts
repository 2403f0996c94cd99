export {
  type CountingInput,
  type CountingState,
  type Crossing,
  countCrossings,
  noCounting,
} from "./analytics/counting/count-crossings.ts";
export type { CountingLine, CountingOptions } from "./analytics/counting/counting-options.ts";
export type { Step } from "./analytics/step.ts";
export {
  noTraffic,
  type TrafficEvent,
  type TrafficOptions,
  type TrafficState,
  trafficPeriods,
} from "./analytics/traffic/traffic-periods.ts";
export { type Anchor, anchorNames, anchorOf, type Box, type Boxes, boxAt } from "./geometry/box.ts";
export { iou, iouMatrix } from "./geometry/iou.ts";
export { distanceFrom, type Line, lineInPixels, meetingOf, type Side, sideOf } from "./geometry/line.ts";
export { type Point, pointInFractions, pointInPixels } from "./geometry/point.ts";
export {
  type AveragePrecision,
  averagePrecision,
  type ClassPrecision,
  type JudgedPicture,
  type TrueObjects,
} from "./measures/average-precision.ts";
export { ByteTrack } from "./tracking/byte-track.ts";
export type { ByteTrackOptions } from "./tracking/byte-track-options.ts";
export type { Tracker } from "./tracking/tracker.ts";
