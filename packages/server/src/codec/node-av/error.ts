import { SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { FFmpegError } from "node-av/lib";
import type { MediaAddress } from "../codec.ts";

/** POSIX numbers as FFmpeg negates them (Linux values; FFmpeg maps the others' to its own on open). */
const ECONNREFUSED = -111;
const ETIMEDOUT = -110;
const ENOENT = -2;
const EACCES = -13;
const EIO = -5;
const UNREACHABLE = [-113, -101, -99, -104, -32];

/** What an FFmpeg status means to the user, as one sentence naming the source by its label. */
export function sourceError(status: number, { label, live }: MediaAddress): SensoriumError {
  const retry = { retryable: true };
  switch (status) {
    case ENOENT:
      return new SensoriumError("source-invalid", `${label} does not exist`);
    case EACCES:
      return new SensoriumError("source-invalid", `${label} may not be read: permission denied`);
    case ECONNREFUSED:
      return new SensoriumError("source-unreachable", `${label} refused the connection`, retry);
    case ETIMEDOUT:
    case av.AVERROR_EXIT:
      return new SensoriumError("source-timeout", `${label} did not answer in time`, retry);
    case EIO:
      return new SensoriumError("source-unreachable", `${label} broke off while being read`, retry);
    case av.AVERROR_EOF:
      return new SensoriumError("source-ended", `${label} ended the stream`, retry);
    case av.AVERROR_HTTP_UNAUTHORIZED:
    case av.AVERROR_HTTP_FORBIDDEN:
      return new SensoriumError("source-refused", `${label} refused the user name or password`, retry);
    case av.AVERROR_HTTP_NOT_FOUND:
      return new SensoriumError("source-refused", `${label} has no such stream (404)`, retry);
    case av.AVERROR_INVALIDDATA:
    case av.AVERROR_STREAM_NOT_FOUND:
    case av.AVERROR_DEMUXER_NOT_FOUND:
      return new SensoriumError("source-invalid", `${label} is not a video that can be read`, { retryable: live });
    case av.AVERROR_PROTOCOL_NOT_FOUND:
      return new SensoriumError("source-invalid", `${label} uses a protocol that is not supported`);
    default:
      break;
  }
  if (UNREACHABLE.includes(status))
    return new SensoriumError("source-unreachable", `${label} cannot be reached`, retry);
  return new SensoriumError("source-unreachable", `${label} failed: ${FFmpegError.strerror(status)}`, retry);
}
