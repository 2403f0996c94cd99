export { ACTIVITIES, type Activity } from "./analytics/activity/activities.ts";
export {
  type ActivityEvent,
  type ActivityOptions,
  type ActivityState,
  activityOf,
  type CurrentActivity,
  noActivities,
  recogniseActivities,
} from "./analytics/activity/recognise-activities.ts";
export {
  type ActivityChange,
  type BusyPeople,
  noSettledActivities,
  type SettledActivities,
  type SettlingOptions,
  settleActivities,
} from "./analytics/activity/settle-activities.ts";
export {
  type Alert,
  type AlertOptions,
  type AlertsState,
  type Concern,
  type Relief,
  raiseAlerts,
} from "./analytics/alerts/raise-alerts.ts";
export {
  type CountingState,
  type Crossing,
  countCrossings,
  noCounting,
} from "./analytics/counting/count-crossings.ts";
export type { CountingLine, CountingOptions } from "./analytics/counting/counting-options.ts";
export { detectFalls, type FallEvent, type FallState, noFalls } from "./analytics/falls/detect-falls.ts";
export type { FallOptions } from "./analytics/falls/fall-options.ts";
export {
  type InactivityEvent,
  type InactivityOptions,
  type InactivityState,
  noInactivity,
  watchInactivity,
} from "./analytics/inactivity/watch-inactivity.ts";
export {
  followMovement,
  type MovementEvent,
  type MovementState,
  type MovingPeople,
  noMovement,
} from "./analytics/movement/follow-movement.ts";
export {
  countPeople,
  noOccupancy,
  type OccupancyEvent,
  type OccupancyOptions,
  type OccupancyState,
  peopleIn,
  wholePicture,
} from "./analytics/occupancy/count-people.ts";
export { type Course, type Occupancy, occupancyOver } from "./analytics/occupancy/course.ts";
export {
  followPersons,
  noPersons,
  type Person,
  type PersonEvent,
  type PersonSights,
  type PersonsState,
} from "./analytics/persons/follow-persons.ts";
export {
  type Motion,
  type MotionStatistics,
  predictMotion,
  seeMotion,
  startMotion,
  type TrajectoryPoint,
  velocityOf,
} from "./analytics/persons/motion.ts";
export { emptyFrame, foundOfTracks, type PeopleFrame, posesOfTracks } from "./analytics/persons/people-frame.ts";
export type { PersonOptions } from "./analytics/persons/person-options.ts";
export {
  noPresence,
  type Presence,
  type PresenceEvent,
  type PresenceOptions,
  type PresenceState,
  presenceOf,
  trackPresence,
} from "./analytics/presence/track-presence.ts";
export { type BodyRegion, bodyRegions } from "./analytics/regions/body-regions.ts";
export {
  type BodySurface,
  bodySurface,
  SURFACE_PARTS,
  type SurfaceMaps,
  type SurfaceView,
} from "./analytics/regions/body-surface.ts";
export type { Step } from "./analytics/step.ts";
export type { TrackedFrame } from "./analytics/tracked-frame.ts";
export {
  noTraffic,
  type TrafficEvent,
  type TrafficOptions,
  type TrafficState,
  trafficPeriods,
} from "./analytics/traffic/traffic-periods.ts";
export type { PeopleLook } from "./analytics/windows/figures.ts";
export type { Trend, Trends } from "./analytics/windows/trends.ts";
export {
  noWindows,
  WINDOW_SPANS,
  type WindowEvent,
  type WindowLook,
  type WindowSpan,
  type WindowsState,
  watchWindows,
} from "./analytics/windows/watch-windows.ts";
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
export { cameraAt, keypointsIn, type PinholeCamera, project } from "./simulation/camera.ts";
export { type Observation, observePerson, type Screen, type SeeingConditions } from "./simulation/observe.ts";
export { type Random, randomOf, uniformAt } from "./simulation/random.ts";
export type { Action, FallDirection, Script, Spot } from "./simulation/script.ts";
export { type Moment, type SimulatedPerson, simulatePerson, type TrueFall } from "./simulation/simulate-person.ts";
export type { Place, Skeleton } from "./simulation/skeleton.ts";
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
