import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import * as av from "node-av/constants";
import { Codec, CodecContext, FormatContext, Frame, Log, Packet, Rational, type Stream } from "node-av/lib";

/** One plane of a picture; `stride` bytes lead from a row to the next. */
export interface ClipPlane {
  readonly data: Uint8Array;
  readonly stride: number;
}

/** What a clip's painter gets: limited-range BT.601 YUV 4:2:0, as cameras send it. */
export interface ClipCanvas {
  readonly size: { readonly width: number; readonly height: number };
  readonly planes: readonly [ClipPlane, ClipPlane, ClipPlane];
}

/** Paints frame number `index`. */
export type Paint = (canvas: ClipCanvas, index: number) => void;

export interface ClipOptions {
  readonly path: string;
  readonly seconds: number;
  readonly fps: number;
  /** Even numbers of pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly container?: "mp4" | "ts";
  /** `h264` where it is not given. */
  readonly codec?: "h264" | "mpeg2";
  /** The time of the first picture on the clip's own clock, in seconds. */
  readonly startsAt?: number;
  /** `ramp` where it is not given. */
  readonly paint?: Paint;
  /** x264's constant rate factor: 12 keeps nearly everything, cameras are nearer 25. */
  readonly rateFactor?: number;
}

/** Every frame of one colour, red, green and blue 0..255. */
export function solid(red: number, green: number, blue: number): Paint {
  const y = 0.299 * red + 0.587 * green + 0.114 * blue;
  const values = [16 + (219 * y) / 255, 128 + (0.564 * 224 * (blue - y)) / 255, 128 + (0.713 * 224 * (red - y)) / 255];
  return ({ planes }) => {
    planes.forEach(({ data }, index) => {
      data.fill(Math.round(values[index] ?? 0));
    });
  };
}

/** Grey that tells the frames apart: the luma of frame `index`. */
export const rampLuma = (index: number): number => 40 + 8 * (index % 20);

/** A grey that steps from frame to frame. */
export const ramp: Paint = ({ planes: [luma, u, v] }, index) => {
  luma.data.fill(rampLuma(index));
  u.data.fill(128);
  v.data.fill(128);
};

/**
 * Writes a small H.264 video, one key frame a second, with pictures out of decoding order as films have them.
 * Returns its path.
 */
export async function makeClip(options: ClipOptions): Promise<string> {
  const { path, seconds, fps, size, container = "mp4", codec = "h264", startsAt = 0, paint = ramp } = options;
  Log.setLevel(av.AV_LOG_ERROR);
  using frame = newFrame(size);
  using encoder = openEncoder({ size, fps, codec, container, rateFactor: options.rateFactor ?? 12 });
  await using output = new FormatContext();
  check(output.allocOutputContext2(null, container === "ts" ? "mpegts" : "mp4", path), "container");
  // The index first, so that a part of the file is a video too.
  if (container === "mp4") output.setOption("movflags", "+faststart", av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN);
  const stream = output.newStream();
  check(stream.codecpar.fromContext(encoder), "stream parameters");
  stream.timeBase = encoder.timeBase;
  check(await output.openOutput(), `opening ${path}`);
  check(output.writeHeaderSync(), "header");
  const writing: Writing = { encoder, output, stream };
  for (let index = 0; index < Math.round(seconds * fps); index++) {
    check(frame.makeWritable(), "frame memory");
    paint(canvasOf(frame), index);
    frame.pts = BigInt(index + Math.round(startsAt * fps));
    write(frame, writing);
  }
  write(null, writing);
  check(output.writeTrailerSync(), "trailer");
  return path;
}

/** Writes the first seconds of a video's pictures, as they are encoded, into an MP4 file. Returns its path. */
export async function cutClip(from: string, { path, seconds }: Pick<ClipOptions, "path" | "seconds">): Promise<string> {
  await using input = new FormatContext();
  check(await input.openInput(from), `opening ${from}`);
  check(await input.findStreamInfo(null), "looking into it");
  const video = input.streams?.find(({ codecpar }) => codecpar.codecType === av.AVMEDIA_TYPE_VIDEO);
  if (!video) throw new Error(`making a clip: there are no pictures in ${from}`);
  await using output = new FormatContext();
  check(output.allocOutputContext2(null, "mp4", path), "container");
  const stream = output.newStream();
  check(video.codecpar.copy(stream.codecpar), "stream parameters");
  stream.timeBase = video.timeBase;
  check(await output.openOutput(), `opening ${path}`);
  check(output.writeHeaderSync(), "header");
  using packet = new Packet();
  packet.alloc();
  const end = (seconds * video.timeBase.den) / video.timeBase.num;
  while ((await input.readFrame(packet)) >= 0 && (packet.streamIndex !== video.index || packet.dts < end)) {
    if (packet.streamIndex === video.index) {
      packet.rescaleTs(video.timeBase, stream.timeBase);
      packet.streamIndex = stream.index;
      check(output.interleavedWriteFrameSync(packet), "writing");
    }
    packet.unref();
  }
  check(output.writeTrailerSync(), "trailer");
  return path;
}

/** Keeps the first `fraction` of a file's bytes. */
export function truncateFile(path: string, fraction: number): void {
  truncateSync(path, Math.floor(readFileSync(path).length * fraction));
}

/** One MPEG-TS after another, as a recorder joins them: size and clock change midway. Returns the path. */
export function joinClips(path: string, parts: readonly string[]): string {
  writeFileSync(path, Buffer.concat(parts.map((part) => readFileSync(part))));
  return path;
}

interface Writing {
  readonly encoder: CodecContext;
  readonly output: FormatContext;
  readonly stream: Stream;
}

function write(frame: Frame | null, { encoder, output, stream }: Writing): void {
  using packet = new Packet();
  packet.alloc();
  check(encoder.sendFrameSync(frame), "encoding");
  while (encoder.receivePacketSync(packet) >= 0) {
    packet.streamIndex = stream.index;
    packet.duration = 1n;
    packet.rescaleTs(encoder.timeBase, stream.timeBase);
    check(output.interleavedWriteFrameSync(packet), "writing");
  }
}

function newFrame(size: ClipOptions["size"]): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = av.AV_PIX_FMT_YUV420P;
  frame.width = size.width;
  frame.height = size.height;
  check(frame.getBuffer(), "frame memory");
  return frame;
}

function canvasOf(frame: Frame): ClipCanvas {
  const plane = (index: number): ClipPlane => ({
    data: frame.data?.[index] ?? new Uint8Array(0),
    stride: frame.linesize[index] ?? 0,
  });
  return { size: { width: frame.width, height: frame.height }, planes: [plane(0), plane(1), plane(2)] };
}

type EncoderOptions = Required<Pick<ClipOptions, "size" | "fps" | "codec" | "container" | "rateFactor">>;

function openEncoder({ size, fps, codec: name, container, rateFactor }: EncoderOptions): CodecContext {
  const codec = Codec.findEncoderByName(name === "h264" ? av.FF_ENCODER_LIBX264 : av.FF_ENCODER_MPEG2VIDEO);
  if (!codec) throw new Error(`this FFmpeg build cannot encode ${name}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = size.width;
  context.height = size.height;
  context.pixelFormat = av.AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1000, Math.round(1000 * fps));
  context.framerate = new Rational(Math.round(1000 * fps), 1000);
  context.gopSize = Math.round(fps);
  context.maxBFrames = 2;
  context.threadCount = 1;
  // A file has its headers once; a stream repeats them with every key frame, for whoever comes later.
  if (container === "mp4") context.flags = av.AV_CODEC_FLAG_GLOBAL_HEADER;
  // On the context: a dictionary given to open2 is freed by FFmpeg and again by its wrapper (node-av 6.1.1).
  const settings = name === "h264" ? { preset: "veryfast", crf: String(rateFactor) } : {};
  for (const [setting, value] of Object.entries(settings))
    context.setOption(setting, value, av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN);
  check(context.open2Sync(codec, null), "opening the encoder");
  return context;
}

function check(status: number, what: string): void {
  if (status < 0) throw new Error(`making a clip: ${what} failed (${status})`);
}
