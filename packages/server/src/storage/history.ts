import type { AnalyticsEvent, AnalyticsSpan } from "@sensorium/protocol";
import type { PoseRecord } from "../pipeline/pose-record.ts";
import type { HappeningEvent, HappeningSeverity } from "../pipeline/severity.ts";

/** Which environments, none when the list is empty; null for all of them. */
export interface HistoryScope {
  readonly environments: readonly string[] | null;
}

/** A span of time, in Unix milliseconds. */
export interface HistorySpan extends HistoryScope {
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** A page of what was found. */
export interface Page {
  readonly limit: number;
  /** How many of those before it to leave out. */
  readonly skip: number;
}

/** One page, and how many there are on all of them. */
export interface Found<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** What is absent does not limit. */
export interface PosesQuery extends HistorySpan, Page {
  readonly person?: number | undefined;
  readonly track?: number | undefined;
  readonly minScore?: number | undefined;
}

/** What is absent does not limit. */
export interface TrackQuery extends HistoryScope {
  readonly track: number;
  /** Unix milliseconds, inclusive. */
  readonly fromMs?: number | undefined;
  /** Unix milliseconds, exclusive. */
  readonly toMs?: number | undefined;
}

/** Where somebody was at one instant. */
export interface TrackPoint {
  readonly wallMs: number;
  /** The middle of the box, in pixels of the track's `size`. */
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** A track as it was recorded, from sample to sample. */
export interface RecordedTrack {
  readonly environment: string;
  readonly camera: string;
  readonly track: number;
  /** As last known. */
  readonly person: number;
  readonly size: PoseRecord["size"];
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** How many were recorded, of all that were looked at. */
  readonly frames: number;
  /** Of the recorded points. */
  readonly averageScore: number;
  /** Oldest first. */
  readonly points: readonly TrackPoint[];
  readonly simulated: boolean;
}

export interface WindowsQuery extends HistorySpan {
  readonly span: AnalyticsSpan;
}

export type HappeningKind = "fall" | "alert" | "activity";

/** A fall, an alert or an activity, and who took note of it. */
export interface Happening {
  readonly kind: HappeningKind;
  readonly severity: HappeningSeverity;
  readonly event: HappeningEvent;
  readonly acknowledged: { readonly atMs: number; readonly by: string } | null;
}

/** What is absent, and a list with nothing in it, does not limit. */
export interface HappeningsQuery extends HistoryScope, Page {
  /** Unix milliseconds, inclusive. */
  readonly fromMs?: number | undefined;
  /** Unix milliseconds, exclusive. */
  readonly toMs?: number | undefined;
  readonly kinds?: readonly HappeningKind[] | undefined;
  readonly severities?: readonly HappeningSeverity[] | undefined;
}

export interface Acknowledgement extends HistoryScope {
  /** Of the event. */
  readonly id: string;
  readonly by: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

export interface OccupancyQuery extends HistorySpan {
  /** How long a step of the timeline is; the last one ends with the span. */
  readonly bucketMs: number;
}

export interface OccupancyBucket {
  readonly startMs: number;
  /** Over the time that was watched; null where none was. */
  readonly average: number | null;
  readonly peak: number | null;
}

/** How many people were in the environments, all of them together. */
export interface RecordedOccupancy {
  /** As last recorded before the end of the span. */
  readonly current: number;
  /** Over the time that was watched; null where none was. */
  readonly average: number | null;
  readonly peak: number | null;
  /** When the peak was reached first. */
  readonly peakMs: number | null;
  readonly timeline: readonly OccupancyBucket[];
}

/** What has been recorded of people and environments. */
export interface HistoryRecords {
  /** Durable when it resolves. At most 1000 a call. */
  addPoses(rows: readonly PoseRecord[]): Promise<void>;
  /** By time and then person, oldest first. Of more than a million the total is a million. */
  poses(query: PosesQuery): Promise<Found<PoseRecord>>;
  /**
   * The newest track of that number: a number is another track's after its camera began anew. Null where none was
   * recorded. Of a very long track the newest 20 000 points.
   */
  track(query: TrackQuery): Promise<RecordedTrack | null>;
  /** How many different people poses were recorded of. */
  persons(span: HistorySpan): Promise<number>;
  /** The windows that began in the span of time, oldest first; hours where shorter ones are not kept any more. */
  windows(query: WindowsQuery): Promise<readonly AnalyticsEvent[]>;
  /** Newest first. */
  happenings(query: HappeningsQuery): Promise<Found<Happening>>;
  /** Notes who saw to it first. Null where there is no such event in these environments. */
  acknowledge(acknowledgement: Acknowledgement): Promise<Happening | null>;
  /**
   * An occupancy holds until the next that was recorded, or a start or stop of the sensing; before, nobody is there. What
   * was watched is known by the whole minute, and by the hour where minutes are not kept any more.
   */
  occupancy(query: OccupancyQuery): Promise<RecordedOccupancy>;
  /** The highest number that somebody in an environment was given; 0 where nobody was. */
  lastPerson(query: { readonly environment: string }): Promise<number>;
}
