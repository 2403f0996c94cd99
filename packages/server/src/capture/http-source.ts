import type { Codec } from "../codec/codec.ts";
import { systemClock } from "../flow/supervise.ts";
import { type HttpAnswer, HttpClient } from "../sources/http/client.ts";
import { type Content, contentOf } from "../sources/http/content.ts";
import { failure } from "../sources/http/failure.ts";
import { snapshots, streamed } from "../sources/http/pictures.ts";
import type { HttpSource } from "../sources/source.ts";
import { JpegSource, type JpegSourceOptions } from "./jpeg-source.ts";
import type { OpenedSource, OpenOptions } from "./opened-source.ts";
import { StreamSource } from "./stream-source.ts";

const EXPECTED: Readonly<Record<HttpSource["kind"], Content | undefined>> = {
  http: undefined,
  "http-snapshot": "snapshot",
  "http-mjpeg": "mjpeg",
};

/** Asks an address of the web once, and opens it as what it turns out to be. Fails with a source error. */
export async function openHttp(codec: Codec, source: HttpSource, options: OpenOptions): Promise<OpenedSource> {
  const { timeoutMs } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const client = new HttpClient(source, timeoutMs);
  const { label } = client;
  const answer = await client.get(signal);
  const content = contentWithin(answer, source, label);
  if (content === "media") {
    answer[Symbol.dispose]();
    if (source.certificate !== undefined) throw uncheckedVideo(label);
    const { url, decode = "auto" } = source;
    const address = { url, label, live: true, decode, timeoutMs };
    const input = await codec.open(address, options);
    return new StreamSource(input, { label, ahead: true });
  }
  const jpegs = { codec, label, stop };
  const common = { label, timeoutMs };
  if (content === "mjpeg" || source.kind === "http-mjpeg") {
    const receive: Receive = (handlers) => streamed(answer, { ...common, ...handlers });
    return new JpegSource({ ...jpegs, container: "multipart", intervalMs: null, receive });
  }
  const { intervalMs } = source;
  const snapshotting = { ...common, client, intervalMs, signal, clock: systemClock };
  const receive: Receive = (handlers) => snapshots(answer, { ...snapshotting, ...handlers });
  return new JpegSource({ ...jpegs, container: "snapshots", intervalMs, receive });
}

/** FFmpeg opens connections of its own, on which it cannot be told whom to trust. */
const uncheckedVideo = (label: string): Error =>
  failure("source-invalid", `${label} is a video: a certificate of its own can be trusted for JPEG pictures only`);

type Receive = JpegSourceOptions["receive"];

function contentWithin(answer: HttpAnswer, { kind, url }: HttpSource, label: string): Content {
  try {
    const { contentType } = answer;
    return contentOf({ contentType, label, path: new URL(url).pathname, expected: EXPECTED[kind] });
  } catch (thrown) {
    answer[Symbol.dispose]();
    throw thrown;
  }
}
