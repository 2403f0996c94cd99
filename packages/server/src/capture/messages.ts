/** What the main thread and a capture thread say to each other. Both ends are this build: types are the contract. */
import type { Box } from "@sensorium/perception";
import type { Size } from "@sensorium/protocol";
import type { Overlay } from "../codec/annotate.ts";
import type { MediaInfo } from "../codec/codec.ts";
import type { PictureFormat } from "../flow/frame.ts";
import type { SlotMemory } from "../flow/slots.ts";
import type { WireError } from "../flow/thread-error.ts";
import type { Source } from "../sources/source.ts";
import type { MotionGateOptions } from "./motion-gate.ts";

export type { PictureFormat };

/** `realtime`: as fast as the source's own clock, newest picture wins. `fast`: every picture, no waiting. */
export type Pace = "realtime" | "fast";

/** What somebody wants of a source's pictures. */
export interface TapRequest {
  readonly pace: Pace;
  /** Null where the detector needs no pixels. */
  readonly format: PictureFormat | null;
  /** The part of the picture that is wanted, in source pixels; null for all of it. */
  readonly region: Box | null;
  readonly slots: SlotMemory;
  /** Whether parts of a frame's picture may be asked for as long as it has owners. */
  readonly keeps: boolean;
  /** Null where every frame is looked at. */
  readonly motion: MotionGateOptions | null;
}

/** A source, and how it is read. */
export interface OpenRequest {
  readonly source: Source;
  readonly pace: Pace;
  /** Media time continues from here, so that a camera that reconnects keeps one clock. */
  readonly startAt: number;
  /** How long opening, and any one read of a live source, may take. */
  readonly timeoutMs: number;
  /** How long a live source may repeat one picture before it is frozen. */
  readonly frozenAfterMs: number;
}

/** A part of an owned frame's picture, scaled into the first slot of `into`. */
export interface CropRequest {
  readonly slot: number;
  /** In source pixels, inside of the picture; null for all of it. */
  readonly region: Box | null;
  readonly format: PictureFormat;
  readonly into: SlotMemory;
}

/** An owned frame's picture, or a part of it, as JPEG. */
export interface FrameJpegRequest {
  readonly slot: number;
  readonly region: Box | null;
  readonly maxWidth: number;
  /** 1..100 */
  readonly quality: number;
}

export interface EncodeRequest {
  readonly sequence: number;
  readonly maxWidth: number;
  readonly quality: number;
  readonly overlay: Overlay | null;
}

export interface CaptureTotals {
  /** Pictures decoded. */
  readonly captured: number;
  /** Of these, the ones in which nothing moved and that went to no detector. */
  readonly gated: number;
  /** Pictures replaced by newer ones before the decoder or a detector was free. */
  readonly dropped: number;
  /** Pictures that could not be decoded. */
  readonly undecodable: number;
}

/** The totals of a capture that has not begun. */
export const nothingCaptured: CaptureTotals = { captured: 0, gated: 0, dropped: 0, undecodable: 0 };

/** What two captures have given together. */
export const addTotals = (one: CaptureTotals, other: CaptureTotals): CaptureTotals => ({
  captured: one.captured + other.captured,
  gated: one.gated + other.gated,
  dropped: one.dropped + other.dropped,
  undecodable: one.undecodable + other.undecodable,
});

export type ToCapture =
  | { readonly type: "open"; readonly session: number; readonly request: OpenRequest; readonly tap: TapRequest }
  /** Another reader of what the session `of` reads. */
  | { readonly type: "join"; readonly session: number; readonly of: number; readonly tap: TapRequest }
  | { readonly type: "release"; readonly session: number; readonly slot: number }
  /** Somebody is seen at this media time: the motion gate stays open for a while. */
  | { readonly type: "attend"; readonly session: number; readonly at: number }
  | { readonly type: "watch"; readonly session: number; readonly maxFps: number }
  | { readonly type: "encode"; readonly session: number; readonly call: number; readonly request: EncodeRequest }
  | { readonly type: "crop"; readonly session: number; readonly call: number; readonly request: CropRequest }
  | { readonly type: "jpeg"; readonly session: number; readonly call: number; readonly request: FrameJpegRequest }
  | { readonly type: "close"; readonly session: number }
  | { readonly type: "shutdown" };

/** A decoded moment: its place in the stream and in time. */
export interface Moment {
  readonly sequence: number;
  /** Media time in microseconds. */
  readonly at: number;
  /** Wall time at which it came in from a camera, was due in a recording played at its own speed, or was read. */
  readonly capturedMs: number;
  /** Wall time at which its pixels were ready. */
  readonly decodedMs: number;
  /** The source's, in pixels. */
  readonly size: Size;
}

export type FromCapture = { readonly session: number } & SessionReport;

export type SessionReport =
  | { readonly type: "opened"; readonly info: MediaInfo }
  | { readonly type: "frame"; readonly moment: Moment; readonly slot: number; readonly picture: Size | null }
  /** A picture that can be encoded for a while, under its sequence. */
  | { readonly type: "view"; readonly moment: Moment }
  /** Pictures come and go to no detector, because nothing moves in them; said now and then. */
  | { readonly type: "idle" }
  | { readonly type: "encoded"; readonly call: number; readonly jpeg: Uint8Array<ArrayBuffer> | null }
  | { readonly type: "cropped"; readonly call: number; readonly size: Size }
  /** The frame of a `crop` has been given back, or it failed. */
  | { readonly type: "refused"; readonly call: number }
  | { readonly type: "stalled"; readonly silentMs: number }
  | { readonly type: "resumed" }
  /** The same picture has come for so long, up to the pixel. */
  | { readonly type: "frozen"; readonly forMs: number }
  | { readonly type: "thawed" }
  /** Something went wrong that does not end the session. */
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "totals"; readonly totals: CaptureTotals }
  | { readonly type: "ended"; readonly totals: CaptureTotals }
  | { readonly type: "failed"; readonly error: WireError; readonly totals: CaptureTotals };
