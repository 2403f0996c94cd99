import type { live } from "@sensorium/protocol/wire";
import type { ConnectionState } from "./connection.ts";

/** A status and when it came, in this page's `Date.now()`. */
export interface ReceivedStatus {
  readonly status: live.CameraState;
  readonly receivedMs: number;
}

/** Whether what is on the screen is happening now, and if not, why. */
export interface Freshness {
  readonly kind: "live" | "connecting" | "stalled" | "offline" | "disconnected";
  readonly label: string;
  /** One sentence; null when all is well. */
  readonly reason: string | null;
  /** Age of the newest frame; null before the first. */
  readonly ageMs: number | null;
}

/** What is said where there is no camera to show. */
export const noCamera: Freshness = {
  kind: "offline",
  label: "No camera",
  reason: "Add one here, or start the server with a video file or a camera's address: npm start -- <source>",
  ageMs: null,
};

/** Older than this is not live, whatever the source's state says. */
const STALE_MS = 2_000;

/** Judges from what is known at `nowMs`. Ages grow here as well: a server that falls silent does not stay live. */
export function freshnessOf(connection: ConnectionState, received: ReceivedStatus | null, nowMs: number): Freshness {
  const ageMs = received ? ageOf(received, nowMs) : null;
  if (connection.phase !== "open") {
    return { kind: "disconnected", label: "Disconnected", reason: retryText(connection, nowMs), ageMs };
  }
  if (!received) return { kind: "connecting", label: "Connecting", reason: null, ageMs };
  const { state, reason } = received.status;
  if (state === "connecting") return { kind: "connecting", label: "Connecting", reason, ageMs };
  if (state === "offline") return { kind: "offline", label: "Offline", reason, ageMs };
  if (state === "stalled") return { kind: "stalled", label: "Stalled", reason, ageMs };
  if (ageMs !== null && ageMs > STALE_MS) {
    return { kind: "stalled", label: "Stalled", reason: "The source gives no new picture", ageMs };
  }
  return { kind: "live", label: "Live", reason: null, ageMs };
}

/** "less than 1 s", "2.4 s", "12 s", "3 min", "2 h". */
export function ageText(ageMs: number): string {
  const seconds = ageMs / 1000;
  if (seconds < 1) return "less than 1 s";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

function ageOf({ status, receivedMs }: ReceivedStatus, nowMs: number): number | null {
  return status.frameAgeMs === null ? null : status.frameAgeMs + Math.max(0, nowMs - receivedMs);
}

function retryText(connection: ConnectionState, nowMs: number): string {
  if (connection.phase !== "waiting") return "Connecting to the server";
  const seconds = Math.max(1, Math.ceil((connection.retryAtMs - nowMs) / 1000));
  return `The server does not answer; next attempt in ${seconds} s`;
}
