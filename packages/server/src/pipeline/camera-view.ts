/** A camera as those who serve it see it; nothing here knows a wire format. */
import type { Box } from "@sensorium/perception";
import type { CameraEvent, CameraId, Recorded, Size, SourceState, Tracked, WallMs } from "@sensorium/protocol";
import type { ZoneConfig } from "../config/config.ts";
import type { PeopleSeen } from "./people-watch.ts";

/** One encoded picture of a camera. The bytes are shared by all viewers: do not write to them. */
export interface EncodedPicture {
  readonly jpeg: Uint8Array;
  /** Grows by one per source frame; a gap is a frame nobody got. */
  readonly sequence: number;
  /** Media time in microseconds on the stream's clock. */
  readonly at: number;
  /** When the source delivered the frame. */
  readonly capturedMs: WallMs;
}

/** The tracked objects of one inferred frame, in source pixels. */
export interface TrackedFrame {
  readonly tracked: Tracked;
  /** x, y, score of COCO's 17 keypoints per track, in source pixels; null where no pose model runs. */
  readonly keypoints: Float32Array | null;
  readonly size: Size;
  readonly sequence: number;
  readonly at: number;
  readonly times: {
    readonly capturedMs: number;
    readonly decodedMs: number;
    readonly inferredMs: number;
    /** How long the model itself took. */
    readonly inferenceMs: number;
  };
}

/** Where the places of a body's skin lie in a picture, by a model. */
export interface SurfaceShown {
  /** The model's name. */
  readonly model: string;
  /** In source pixels. */
  readonly box: Box;
  /** Over the box: part (0 where there is none), U and V as red, green and blue. */
  readonly png: Uint8Array;
}

/** The surfaces of the bodies in a frame. */
export interface SurfacesShown {
  /** Null for who was not looked at. Asking lets the next frames be looked at. */
  of(track: number): SurfaceShown | null;
}

/** The people of one inferred frame, in source pixels. */
export interface PeopleShown extends PeopleSeen {
  /** Absent or null where no DensePose model runs. */
  readonly surfaces?: SurfacesShown | null;
  readonly sequence: number;
  readonly at: number;
  readonly times: TrackedFrame["times"];
}

export interface PictureRequest {
  /** Boxes, lines and counts drawn into the picture. */
  readonly annotated: boolean;
  /** JPEG quality 1..100. */
  readonly quality: number;
  /** Wider sources are scaled down to this width, aspect kept. */
  readonly maxWidth: number;
  /** At most this many pictures a second; never more than the source gives, never the same one twice. */
  readonly maxFps: number;
}

export interface LineView {
  readonly id: string;
  /** Fractions of the picture, 0..1, y down. */
  readonly a: { readonly x: number; readonly y: number };
  readonly b: { readonly x: number; readonly y: number };
  readonly in: number;
  readonly out: number;
}

export interface ZoneView {
  readonly id: string;
  /** Fractions of the picture, 0..1, y down. */
  readonly corners: readonly { readonly x: number; readonly y: number }[];
  /** How many are in it now. */
  readonly occupancy: number;
}

/** What is true of a camera now; figures are measured or null. */
export interface CameraStatus {
  readonly id: CameraId;
  readonly name: string;
  /** The source's address without credentials. */
  readonly source: string;
  readonly simulated: boolean;
  readonly state: SourceState;
  /** Why, when the state is not `online`. */
  readonly reason: string | null;
  readonly sinceMs: WallMs;
  /** Age of the newest frame; null before the first. */
  readonly frameAgeMs: number | null;
  readonly size: Size | null;
  readonly model: { readonly name: string; readonly family: string; readonly provider: string } | null;
  readonly classes: readonly string[];
  readonly lines: readonly LineView[];
  readonly zones: readonly ZoneView[];
  readonly rates: { readonly captured: number | null; readonly inferred: number | null };
  /** What keeps frames from being looked at just now: the source is silent, or this machine is too slow for it. */
  readonly limitedBy: "upstream" | "cpu" | null;
  /** Since the server started. */
  readonly totals: {
    readonly captured: number;
    /** Frames in which nothing moved and that were not looked at. */
    readonly gated: number;
    readonly inferred: number;
    readonly dropped: number;
    readonly undecodable: number;
    readonly stateChanges: number;
  };
}

/** Counts since the last daily reset, all of them durable. */
export interface CameraCounts {
  readonly in: number;
  readonly out: number;
  readonly trafficEvents: number;
  readonly traffic: { readonly startMs: WallMs; readonly countIn: number } | null;
}

/** A running camera as those who serve it see it. Iterables end when the signal aborts or the camera goes. */
export interface CameraView {
  readonly id: CameraId;
  /** The site or ward it belongs to; who is limited to others does not see it. */
  readonly environment: string;
  /** Nothing of it is real. */
  readonly simulated: boolean;
  /** Where people stay, and when somebody is there. */
  readonly zones: readonly ZoneConfig[];
  status(): CameraStatus;
  counts(): CameraCounts;
  /** Newest picture wins: a reader that is slow misses pictures and delays nobody. Nothing is encoded without a reader. */
  pictures(request: PictureRequest, signal: AbortSignal): AsyncIterable<EncodedPicture>;
  /** Newest tracked frame wins. */
  tracks(signal: AbortSignal): AsyncIterable<TrackedFrame>;
  /** The people of each inferred frame, newest wins; nobody where the detector knows no people. */
  people(signal: AbortSignal): AsyncIterable<PeopleShown>;
  /** Durable events of this camera from now on, in order; a reader more than `limit` behind is told by an error. */
  events(signal: AbortSignal): AsyncIterable<Recorded<CameraEvent>>;
}

/** The cameras being served, in configured order. */
export interface CameraDirectory {
  list(): readonly CameraView[];
  get(id: string): CameraView | undefined;
}
