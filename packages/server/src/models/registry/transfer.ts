import { type FileHandle, open, statfs } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { PassThrough } from "node:stream";
import { SensoriumError } from "@sensorium/protocol";
import { redactUrl } from "../../sources/address.ts";
import { Deadline } from "../../sources/http/deadline.ts";
import { connectionFailure, failure } from "../../sources/http/failure.ts";
import { request } from "../../sources/http/request.ts";
import { notKept } from "../prepared.ts";
import { checkHost, type HostRule } from "./hosts.ts";
import type { PartialFile } from "./partial-file.ts";

const REDIRECTS = 5;

/** One attempt to complete a partial file. */
export interface Transfer {
  /** Without credentials. */
  readonly url: URL;
  /** For the first server only. */
  readonly authorization: string | undefined;
  readonly allowed: HostRule;
  readonly maxBytes: number;
  /** How long connecting, answering and each pause may take. */
  readonly timeoutMs: number;
  /** Whether the bytes are checked in the end, so that going on needs no word of the server's. */
  readonly checked: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (received: number, total: number | null) => void;
}

/**
 * Asks for what is missing of `part` and appends it; begins again where the server has another file by now.
 * @throws SensoriumError a source error (retryable when the same can succeed later), "config-invalid" for a host that
 * is not allowed, "model-invalid" when the file is too large, "store-failed" when it cannot be written.
 */
export async function transfer(part: PartialFile, options: Transfer): Promise<void> {
  const { maxBytes, url } = options;
  const size = await part.size();
  const validator = await part.validator();
  const goesOn = size > 0 && (validator !== undefined || options.checked);
  const range = goesOn ? { Range: `bytes=${size}-`, ...(validator !== undefined && { "If-Range": validator }) } : {};
  const label = redactUrl(url.href);
  const message = await follow(options, range);
  const pieces = piecesOf(message, label);
  try {
    const offset = await startOf(part, { message, size, label });
    if (offset === "complete") return;
    const length = Number(message.headers["content-length"] ?? Number.NaN);
    const total = Number.isFinite(length) ? offset + length : null;
    if (total !== null && total > maxBytes) throw tooLarge(options);
    await checkSpace(part.path, (total ?? 0) - offset);
    const onStalled = (reason: Error): void => void message.destroy(reason);
    await append(pieces, part, { ...options, offset, total, onStalled });
  } finally {
    message.destroy();
  }
}

/** Follows redirects, within the list of hosts. */
async function follow(options: Transfer, range: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const { allowed, authorization, timeoutMs, signal } = options;
  const label = redactUrl(options.url.href);
  let url = options.url;
  for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
    checkHost(url, allowed);
    const message = await request(url, {
      headers: {
        ...{ "User-Agent": "Sensorium", Accept: "*/*", "Accept-Encoding": "identity", Connection: "close", ...range },
        ...(authorization !== undefined && url.origin === options.url.origin && { Authorization: authorization }),
      },
      ...{ certificate: undefined, label, timeoutMs, signal },
    });
    const status = message.statusCode ?? 0;
    if (![301, 302, 303, 307, 308].includes(status)) return message;
    message.destroy();
    const target = URL.parse(message.headers.location ?? "", url.href);
    if (!target || !message.headers.location)
      throw new SensoriumError("source-invalid", `${label} redirects to nowhere`);
    url = target;
    url.username = "";
    url.password = "";
  }
  throw new SensoriumError("source-invalid", `${label} redirects more than ${REDIRECTS} times`);
}

interface Reply {
  readonly message: IncomingMessage;
  readonly size: number;
  readonly label: string;
}

/** Where the bytes of an answer belong. */
async function startOf(part: PartialFile, { message, size, label }: Reply): Promise<number | "complete"> {
  const { statusCode: status = 0, headers } = message;
  const [, from, whole] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (status === 206 && Number(from) === size) return size;
  if (status === 416 && Number(whole) === size) return "complete";
  if (status === 206 || status === 416) {
    await part.begin(undefined);
    throw failure("source-unreachable", `${label} does not go on where it broke off`);
  }
  if (status !== 200) throw statusFailure(status, label);
  const { etag, "last-modified": date } = headers;
  // A weak tag stands for files that mean the same, not for the same bytes.
  await part.begin(etag !== undefined && !etag.startsWith("W/") ? etag : date);
  return 0;
}

function statusFailure(status: number, label: string): SensoriumError {
  if (status === 404 || status === 410) return new SensoriumError("model-not-found", `there is no file at ${label}`);
  const retryable = status >= 500 || status === 429;
  if (retryable) return new SensoriumError("source-unreachable", `${label} is in trouble (${status})`, { retryable });
  return new SensoriumError("source-refused", `${label} does not give the file (${status})`);
}

async function checkSpace(path: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (needed <= bavail * bsize) return;
  const [missing, free] = [needed, bavail * bsize].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  throw new SensoriumError("store-failed", `the disk has ${free} left, and the model needs ${missing}`);
}

interface Appending extends Transfer {
  readonly offset: number;
  readonly total: number | null;
  readonly onStalled: (reason: Error) => void;
}

async function append(pieces: AsyncIterable<Uint8Array>, part: PartialFile, options: Appending): Promise<void> {
  const { timeoutMs, maxBytes, offset, total, onProgress, onStalled } = options;
  const label = redactUrl(options.url.href);
  const stalled = failure("source-timeout", `${label} sent nothing for ${timeoutMs / 1000} s`);
  using deadline = new Deadline(timeoutMs, () => onStalled(stalled));
  await using file = await open(part.path, "a").catch((thrown: unknown) => {
    throw notKept(dirname(part.path), thrown);
  });
  let received = offset;
  onProgress(received, total);
  for await (const chunk of pieces) {
    deadline.restart();
    received += chunk.length;
    if (received > maxBytes) throw tooLarge(options);
    await write(file, chunk, part);
    onProgress(received, total);
  }
  await file.sync();
}

/**
 * The bytes of an answer as they come. When the connection breaks, what has come is given before the reason is thrown:
 * read directly, an answer drops it.
 */
function piecesOf(message: IncomingMessage, label: string): AsyncIterable<Uint8Array> {
  const arrived = message.pipe(new PassThrough());
  let broken: unknown;
  message.once("error", (error) => {
    broken = error;
    arrived.end();
  });
  return (async function* () {
    for await (const piece of arrived) yield piece as Uint8Array;
    if (broken !== undefined) throw connectionFailure(broken, label);
  })();
}

async function write(file: FileHandle, chunk: Uint8Array, part: PartialFile): Promise<void> {
  try {
    await file.writeFile(chunk);
  } catch (thrown) {
    throw notKept(dirname(dirname(part.path)), thrown);
  }
}

function tooLarge({ url, maxBytes }: Transfer): SensoriumError {
  const limit = `${(maxBytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
  return new SensoriumError("model-invalid", `${redactUrl(url.href)} is larger than the limit of ${limit}`);
}
