import { open } from "node:fs/promises";
import { constants } from "node:os";
import { SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Codec, Dictionary, FormatContext, InputFormat, type Stream } from "node-av/lib";
import type { MediaAddress, MediaInfo } from "../codec.ts";
import { authoritiesFile } from "./authorities.ts";
import { deviceError, sourceError } from "./error.ts";
import { refuseUnsafePlaylist } from "./playlist.ts";

/** Opens a source up to knowing its streams; the caller closes it. Stops waiting when the signal aborts. */
export async function openFormat(address: MediaAddress, signal: AbortSignal): Promise<FormatContext> {
  signal.throwIfAborted();
  const format = new FormatContext();
  // Before anything can interrupt it: allocating forgets earlier interruptions.
  format.allocContext();
  const stop = (): void => format.interrupt();
  signal.addEventListener("abort", stop, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, address.timeoutMs);
  try {
    await findStreams(format, address);
    return format;
  } catch (thrown) {
    await format.closeInput();
    // FFmpeg calls an interrupted handshake invalid data.
    throw late ? sourceError(av.AVERROR_EXIT, address) : thrown;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function findStreams(format: FormatContext, address: MediaAddress): Promise<void> {
  if (!address.live) await refuseUnsafePlaylist(address.url, address.label);
  using options = Dictionary.fromObject(optionsFor(address));
  const opened = await format.openInput(address.url, inputFormatOf(address), options);
  if (opened < 0) throw await openingError(opened, address);
  // An RTSP description names the codec and its parameters: nothing needs to be probed.
  if (address.rtspTransport && format.streams.some((stream) => hasParameters(stream))) return;
  const found = await format.findStreamInfo(null);
  if (found < 0) throw sourceError(found, address);
  if (format.nbStreams === 0) throw await openingError(av.AVERROR_INVALIDDATA, address);
}

function optionsFor({ url, live, inputFormat, rtspTransport, timeoutMs }: MediaAddress): Record<string, string> {
  const timeout = String(timeoutMs * 1000);
  // Enough to see a keyframe's parameters; the default waits for seconds of a slow stream.
  if (rtspTransport) return { timeout, rtsp_transport: rtspTransport, analyzeduration: "500000", fflags: "nobuffer" };
  // What a playlist names is read too: from a file no network, from the network no file.
  if (!live) return { protocol_whitelist: "file,crypto,data" };
  if (inputFormat !== undefined) return { rw_timeout: timeout };
  return {
    rw_timeout: timeout,
    protocol_whitelist: "http,https,httpproxy,tls,tcp,crypto,data",
    ...(/^https:/i.test(url) && { tls_verify: "1", ca_file: authoritiesFile() }),
  };
}

function inputFormatOf({ inputFormat, label }: MediaAddress): InputFormat | null {
  if (inputFormat === undefined) return null;
  const found = InputFormat.findInputFormat(inputFormat);
  if (found) return found;
  throw new SensoriumError("codec-unsupported", `${label} cannot be used: this FFmpeg build has no ${inputFormat}`);
}

const hasParameters = (stream: Stream): boolean =>
  stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && stream.codecpar.codecId !== av.AV_CODEC_ID_NONE;

async function openingError(status: number, address: MediaAddress): Promise<SensoriumError> {
  const { url, label, live, inputFormat } = address;
  if (inputFormat !== undefined) return deviceError(status, address);
  if (live && status === -constants.errno.EIO) {
    const why = "its host is not known, or does not speak this protocol";
    return new SensoriumError("source-unreachable", `${label} cannot be reached: ${why}`, { retryable: true });
  }
  // MP4 keeps its index at its end: the commonest way for a video to be unreadable is that the end is missing.
  if (live || status !== av.AVERROR_INVALIDDATA || !(await isMp4(url))) return sourceError(status, address);
  return new SensoriumError("source-invalid", `${label} is an MP4 file without its index: it is cut off or unfinished`);
}

async function isMp4(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(8));
  return bytesRead === 8 && buffer.toString("latin1", 4) === "ftyp";
}

/** The stream to decode. @throws SensoriumError "source-invalid" when there is none. */
export function videoStream(format: FormatContext, label: string): Stream {
  const index = format.findBestStream(av.AVMEDIA_TYPE_VIDEO);
  const stream = index < 0 ? undefined : format.streams[index];
  if (!stream) throw new SensoriumError("source-invalid", `${label} holds no video`);
  return stream;
}

/** What a source says of itself. */
export function describe(format: FormatContext, stream: Stream, address: MediaAddress): Omit<MediaInfo, "decoder"> {
  const { width, height, codecId } = stream.codecpar;
  const rate = stream.avgFrameRate;
  const duration = Number(format.duration) / 1e6;
  return {
    codec: Codec.findDecoder(codecId)?.name ?? "unknown",
    container: format.iformat?.name ?? "unknown",
    size: width > 0 && height > 0 ? { width, height } : null,
    framesPerSecond: rate.num > 0 && rate.den > 0 ? rate.num / rate.den : null,
    // RTSP servers of recordings announce one too, and play it as a camera does.
    durationSeconds: address.rtspTransport === undefined && duration > 0 ? duration : null,
  };
}
