import { constants } from "node:os";
import { SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { FFmpegError } from "node-av/lib";
import type { MediaAddress } from "../codec.ts";

// FFmpeg's statuses for the system's own errors are the system's numbers, negated.
const { errno } = constants;
const UNREACHABLE: readonly number[] = [errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL];
const BROKEN_OFF: readonly number[] = [errno.EIO, errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE];

/** What an FFmpeg status means to the user, as one sentence naming the source by its label. */
export function sourceError(status: number, { label, live }: MediaAddress): SensoriumError {
  const retry = { retryable: true };
  switch (status) {
    case -errno.ENOENT:
      return new SensoriumError("source-invalid", `${label} does not exist`);
    case -errno.EACCES:
      return new SensoriumError("source-invalid", `${label} may not be read: permission denied`);
    case -errno.EISDIR:
      return new SensoriumError("source-invalid", `${label} is a folder, not a video`);
    case -errno.ECONNREFUSED:
      return new SensoriumError("source-unreachable", `${label} refused the connection`, retry);
    case -errno.ETIMEDOUT:
    case av.AVERROR_EXIT:
      return new SensoriumError("source-timeout", `${label} did not answer in time`, retry);
    case av.AVERROR_HTTP_UNAUTHORIZED:
    case av.AVERROR_HTTP_FORBIDDEN:
      return new SensoriumError("source-refused", `${label} refused the user name or password`, retry);
    case av.AVERROR_HTTP_NOT_FOUND:
      return new SensoriumError("source-refused", `${label} has no such stream (404)`, retry);
    case av.AVERROR_PROTOCOL_NOT_FOUND:
      return new SensoriumError("source-invalid", `${label} uses a protocol that is not supported`);
    default:
      return live ? liveError(status, label) : fileError(status, label);
  }
}

/** What a failure to open a camera of this machine means; it may be plugged in, or let go by another, later. */
export function deviceError(status: number, { label }: MediaAddress): SensoriumError {
  const retry = { retryable: true };
  switch (-status) {
    case errno.ENOENT:
    case errno.ENODEV:
    case errno.ENXIO:
      return new SensoriumError("source-unreachable", `there is no camera ${label}`, retry);
    case errno.EBUSY:
      return new SensoriumError("source-refused", `${label} is being used by another program`, retry);
    case errno.EACCES:
      return new SensoriumError("source-refused", `${label} may not be used: permission denied`, retry);
    case errno.ENOTTY:
    case errno.EINVAL:
      return new SensoriumError("source-invalid", `${label} is not a camera`, retry);
    default:
      return new SensoriumError("source-unreachable", `${label} failed: ${FFmpegError.strerror(status)}`, retry);
  }
}

function liveError(status: number, label: string): SensoriumError {
  const retry = { retryable: true };
  if (status === av.AVERROR_EOF) return new SensoriumError("source-ended", `${label} ended the stream`, retry);
  if (status === av.AVERROR_INVALIDDATA || status === av.AVERROR_STREAM_NOT_FOUND)
    return new SensoriumError("source-invalid", `${label} does not answer as a camera does`, retry);
  if (BROKEN_OFF.includes(-status)) return new SensoriumError("source-unreachable", `${label} broke off`, retry);
  if (UNREACHABLE.includes(-status))
    return new SensoriumError("source-unreachable", `${label} cannot be reached`, retry);
  return new SensoriumError("source-unreachable", `${label} failed: ${FFmpegError.strerror(status)}`, retry);
}

function fileError(status: number, label: string): SensoriumError {
  switch (status) {
    case av.AVERROR_EOF:
    case av.AVERROR_INVALIDDATA:
    case av.AVERROR_STREAM_NOT_FOUND:
    case av.AVERROR_DEMUXER_NOT_FOUND:
      return new SensoriumError("source-invalid", `${label} is not a video that can be read`);
    default:
      return new SensoriumError("source-invalid", `${label} cannot be read: ${FFmpegError.strerror(status)}`);
  }
}
