import type { Clock } from "../../flow/supervise.ts";
import type { HttpAnswer, HttpClient } from "./client.ts";
import { Deadline } from "./deadline.ts";
import { failure } from "./failure.ts";
import { JpegWalk } from "./jpeg-walk.ts";
import { boundaryOf, type Jpeg, MultipartParser, refuseLarge } from "./multipart.ts";

/** A picture as it came over the network. */
export interface ReceivedJpeg extends Jpeg {
  /** Wall time at which its last byte came in. */
  readonly arrivedMs: number;
}

export interface ReceiveOptions {
  /** For messages: the address without credentials. */
  readonly label: string;
  /** How long a whole picture may take to come in. */
  readonly timeoutMs: number;
  /** A picture was damaged, and is passed over. */
  onDamaged(): void;
  /** Some part of a stream has come in. */
  onBytes(): void;
}

export interface SnapshotOptions extends ReceiveOptions {
  readonly client: HttpClient;
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * A snapshot at every interval, beginning with one that is coming in already. The times do not drift; one that is
 * missed, because the camera was slow, is left out. One request is under way at a time.
 */
export async function* snapshots(
  first: HttpAnswer,
  options: SnapshotOptions,
): AsyncGenerator<ReceivedJpeg, void, undefined> {
  const { client, intervalMs, clock, signal } = options;
  const start = clock.now();
  for (let answer = first; ; answer = await client.get(signal)) {
    const jpeg = await snapshot(answer, options);
    if (jpeg) yield jpeg;
    else options.onDamaged();
    const now = clock.now() - start;
    await clock.sleep((Math.floor(now / intervalMs) + 1) * intervalMs - now, signal);
    signal.throwIfAborted();
  }
}

/** The picture of an answer; undefined when it is damaged or cut off. */
async function snapshot(answer: HttpAnswer, { label, timeoutMs }: ReceiveOptions): Promise<ReceivedJpeg | undefined> {
  using held = answer;
  using _late = pictureDeadline(held, { label, timeoutMs });
  refuseLarge(held.contentLength ?? 0, label);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of held.body) {
    chunks.push(chunk);
    length += chunk.length;
    refuseLarge(length, label);
  }
  const bytes = Buffer.concat(chunks);
  const walk = new JpegWalk();
  if (walk.advance(bytes) !== "end" || !walk.size) return undefined;
  return { bytes, size: walk.size, arrivedMs: Date.now() };
}

/** The pictures of a multipart answer, until it ends. */
export async function* streamed(
  answer: HttpAnswer,
  options: ReceiveOptions,
): AsyncGenerator<ReceivedJpeg, void, undefined> {
  using held = answer;
  using late = pictureDeadline(held, options);
  const boundary = boundaryOf(held.contentType);
  if (boundary === undefined)
    throw failure("source-invalid", `${options.label} does not say where its pictures begin: it names no boundary`);
  const parser = new MultipartParser({ ...options, boundary });
  for await (const chunk of held.body) {
    options.onBytes();
    for (const jpeg of parser.push(chunk)) {
      late.restart();
      yield { ...jpeg, arrivedMs: Date.now() };
    }
  }
  throw failure("source-ended", `${options.label} ended the stream`);
}

function pictureDeadline(
  answer: HttpAnswer,
  { label, timeoutMs }: Pick<ReceiveOptions, "label" | "timeoutMs">,
): Deadline {
  const error = failure("source-timeout", `${label} sent no whole picture within ${timeoutMs / 1000} s`);
  return new Deadline(timeoutMs, () => answer.fail(error));
}
