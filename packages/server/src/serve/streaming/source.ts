import type { Keypoint, Size, StreamPosition } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";

/** A person of a frame; places are in the pixels of the picture. */
export interface PosedPerson {
  readonly person: number;
  readonly track: number;
  readonly score: number;
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
  /** In the order of `COCO_KEYPOINTS`; null where no pose was found. */
  readonly keypoints: readonly Keypoint[] | null;
  readonly activity: { readonly type: wire.ActivityType; readonly confidence: number };
  /** Pixels per second; null while it is not known. */
  readonly velocity: wire.Place | null;
  /** The zones they are in. */
  readonly zones: readonly string[];
  /** Absent where there is no method for it. Called only when somebody wants it. */
  densePose?(): wire.DensePose | null;
  /** Where they were and are going; absent where that is not followed. Called only when somebody wants it. */
  trajectory?(): Pick<wire.PoseTrajectory, "trajectory" | "prediction"> | null;
}

/** The people in one frame of one camera. */
export interface PoseFrame {
  readonly source: wire.Source;
  /** The source's own count of frames. */
  readonly frame: number;
  readonly size: Size;
  /** Unix milliseconds. */
  readonly times: { readonly capturedMs: number; readonly decodedMs: number; readonly inferredMs: number };
  readonly processingMs: number;
  /** Frames a second, measured; null before there is a measure. */
  readonly frameRate: number | null;
  readonly persons: readonly PosedPerson[];
}

type Payload<M> = M extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: D }
  : never;

/** What an event says. */
export type SensedPayload = Payload<wire.EventMessage>;

/** Something that happened in an environment, in the words of the wire. */
export type SensedEvent = SensedPayload & {
  readonly source: wire.Source;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Where it stands in the log; null for what is not kept there and so cannot be recovered. */
  readonly position: StreamPosition | null;
};

/** What follows a position in an environment. */
export interface EventsPage {
  readonly kind: "events";
  readonly events: readonly SensedEvent[];
  /** The last offset that was looked at: up to there, nothing of the environment is left out. */
  readonly upTo: number;
  /** Whether there was nothing more when it was read. */
  readonly atEnd: boolean;
}

/** A part of the log, or that it does not reach back to where the part begins. */
export type LogPage = EventsPage | { readonly kind: "unknown-position" };

/** A span of the log, of one environment. */
export interface LogQuery {
  readonly environment: string;
  readonly after: StreamPosition;
}

/** Environments that there were none of before. */
export interface NewEnvironments {
  readonly environments: readonly string[];
  /** Everything of theirs happened after this. */
  readonly after: StreamPosition;
}

/**
 * Everything the streaming API shows. Iterables end when the signal aborts, and throw when what feeds them is lost. One
 * log has the events of all environments, so that a position stands for the same moment in each of them.
 */
export interface SensingSource {
  /** The ids of all environments there are now. */
  environments(): readonly string[];
  /** The frames of all cameras of an environment from now on; the newest win. Nothing is made that nobody reads. */
  poses(environment: string, signal: AbortSignal): AsyncIterable<PoseFrame>;
  /** Every event after a position, in order and without a gap, and then those to come; and what has no position. */
  events(query: LogQuery, signal: AbortSignal): AsyncIterable<EventsPage>;
  /** The newest durable position; answers come in the order of the questions. */
  position(): Promise<StreamPosition>;
  /** The next durable events after a position, at most some hundreds at a time. */
  read(query: LogQuery): Promise<LogPage>;
  /**
   * Calls `listener` with environments that come, until disposed: soon, and before anybody reads an event or is told a
   * position that is behind their first event.
   */
  onNewEnvironments(listener: (came: NewEnvironments) => void): Disposable;
}
