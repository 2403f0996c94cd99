import { failure } from "./failure.ts";

/** What an address gives: one picture per request, a stream of pictures, or a video for a demuxer. */
export type Content = "snapshot" | "mjpeg" | "media";

const PLAYLISTS: readonly string[] = [
  "application/vnd.apple.mpegurl",
  "application/x-mpegurl",
  "audio/mpegurl",
  "audio/x-mpegurl",
  "application/dash+xml",
];
/** What servers say of files that they do not know. */
const UNKNOWN: readonly string[] = ["", "application/octet-stream", "text/plain", "application/xml", "text/xml"];
const MEDIA_NAME = /\.(m3u8?|mpd|mp4|m4v|mov|mkv|webm|ts|flv|avi)$/i;
const JPEG_NAME = /\.jpe?g$/i;

export interface Given {
  /** The header of the answer. */
  readonly contentType: string;
  readonly path: string;
  /** What it is known to be; only a web page, as cameras have it for logging in, is not taken for it. */
  readonly expected: Content | undefined;
  /** For messages. */
  readonly label: string;
}

/**
 * What an answer gives.
 * @throws SensoriumError "source-invalid" when it is neither a picture nor a video.
 */
export function contentOf({ contentType, path, expected, label }: Given): Content {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (/^(text\/html|application\/xhtml\+xml)$/.test(type))
    throw failure("source-invalid", `${label} is a web page, not a picture or a video`);
  if (expected) return expected;
  if (/^image\/(jpe?g|pjpeg)$/.test(type)) return "snapshot";
  if (type.startsWith("multipart/")) return "mjpeg";
  if (type.startsWith("video/") || PLAYLISTS.includes(type)) return "media";
  if (UNKNOWN.includes(type) && MEDIA_NAME.test(path)) return "media";
  if (UNKNOWN.includes(type) && JPEG_NAME.test(path)) return "snapshot";
  const what = /^[a-z0-9.+-]{1,40}\/[a-z0-9.+-]{1,60}$/.test(type) ? type : "something unknown";
  throw failure("source-invalid", `${label} gives ${what}, not JPEG pictures or a video`);
}
