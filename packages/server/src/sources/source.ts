import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SensoriumError } from "@sensorium/protocol";
import { networkAddress, redactUrl } from "./address.ts";
import { webcamAddress } from "./webcam.ts";

/** What decodes a video: the machine's own device where it has one, or the CPU always. */
export type Decode = "auto" | "software";

/** What a video is decoded by; `auto` when absent. */
interface Decoded {
  readonly decode?: Decode;
}

/** Where a camera's pictures come from. */
export type Source =
  | (Decoded & { readonly kind: "file"; readonly path: string; readonly loop: boolean })
  | (Decoded & { readonly kind: "rtsp"; readonly url: string; readonly transport: "tcp" | "udp" })
  | HttpSource
  /** A camera of this machine: its number, or what the system calls it. */
  | { readonly kind: "webcam"; readonly device: string }
  | { readonly kind: "simulated"; readonly seed: number };

/** An address of the web. What a plain `http` one gives, its first answer tells. */
export type HttpSource = WebAddress &
  /** A JPEG per request at every interval, a stream of JPEGs, or a video (HLS, DASH, a file). */
  (
    | { readonly kind: "http"; readonly intervalMs: number }
    | { readonly kind: "http-snapshot"; readonly intervalMs: number }
    | { readonly kind: "http-mjpeg" }
  );

interface WebAddress extends Decoded {
  readonly url: string;
  /** The SHA-256 fingerprint of the certificate that is trusted, in 64 small digits; "any" trusts every one. */
  readonly certificate?: string;
}

export interface SourceOptions {
  /** Begin a file again when it ends. */
  readonly loop?: boolean;
  readonly rtspTransport?: "tcp" | "udp";
  /** From one snapshot of an HTTP address to the next; a second where it is not given. */
  readonly snapshotIntervalMs?: number;
  /** Of an HTTPS address: the fingerprint of its own certificate, or "any". */
  readonly certificate?: string | undefined;
  readonly decode?: Decode;
}

const SNAPSHOT_INTERVAL_MS = 1_000;

/**
 * A source as people write it: a path, `rtsp://…`, `http(s)://…`, `webcam:0`, or `simulated:` with an optional seed.
 * What an HTTP address gives can be said before it, where its answers do not tell: `snapshot+http://…`,
 * `mjpeg+https://…`.
 * @throws SensoriumError "config-invalid" with a sentence naming what and why.
 */
export function parseSource(text: string, options: SourceOptions = {}): Source {
  if (text.startsWith("simulated:")) return { kind: "simulated", seed: seedOf(text.slice("simulated:".length)) };
  if (text.startsWith("webcam:")) return webcamSource(text.slice("webcam:".length));
  if (/^rtsps?:/i.test(text)) return rtspSource(text, options);
  const http = /^(?:(snapshot|mjpeg)\+)?(https?:.*)$/is.exec(text);
  if (http) return httpSource(http[1]?.toLowerCase(), http[2] ?? "", options);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "file") return fileSource(pathOf(text), options);
  if (scheme === undefined) return fileSource(text, options);
  throw new SensoriumError(
    "config-invalid",
    `${scheme}:// is not a source that can be opened: give a video file, or an rtsp:// or http:// address`,
  );
}

/** The source without credentials, for people. */
export function describeSource(source: Source): string {
  switch (source.kind) {
    case "file":
      return basename(source.path);
    case "simulated":
      return `simulated:${source.seed}`;
    case "webcam":
      return `webcam:${source.device}`;
    default:
      return redactUrl(source.url);
  }
}

/** What makes it the same source tomorrow, whatever it is called, and whatever its password is by then. */
export function identifySource(source: Source): string {
  switch (source.kind) {
    case "file":
      return source.path;
    case "simulated":
      return `simulated:${source.seed}`;
    case "webcam":
      return `webcam:${source.device}`;
    default:
      return withoutUser(source.url);
  }
}

function withoutUser(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}

/** Whether pictures come in real time, so that a late one is worth nothing. */
export const isLive = ({ kind }: Source): boolean => kind !== "file" && kind !== "simulated";

function rtspSource(url: string, options: SourceOptions): Source {
  const transport = options.rtspTransport ?? "tcp";
  return { kind: "rtsp", url: networkAddress(url, "rtsp://192.0.2.1:554/stream"), transport, ...decoded(options) };
}

function httpSource(given: string | undefined, text: string, options: SourceOptions): Source {
  const address = trusted(networkAddress(text, "http://192.0.2.1/snapshot.jpg"), options.certificate);
  if (given === "mjpeg") return { kind: "http-mjpeg", ...address };
  const intervalMs = options.snapshotIntervalMs ?? SNAPSHOT_INTERVAL_MS;
  if (given === "snapshot") return { kind: "http-snapshot", ...address, intervalMs };
  return { kind: "http", ...address, intervalMs, ...decoded(options) };
}

/** Small digits alone, as they are compared. */
function trusted(url: string, certificate: string | undefined): WebAddress {
  if (certificate === undefined) return { url };
  if (/^https:/i.test(url)) return { url, certificate: certificate.replaceAll(":", "").toLowerCase() };
  throw new SensoriumError("config-invalid", `${redactUrl(url)} has no certificate: only https:// addresses have one`);
}

/** What is said of decoding; nothing where it is the usual. */
const decoded = ({ decode }: SourceOptions): Decoded => (decode === "software" ? { decode } : {});

function webcamSource(text: string): Source {
  const device = text === "" ? "0" : text;
  webcamAddress(device, process.platform); // refuses what this system cannot name
  return { kind: "webcam", device };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new SensoriumError("config-invalid", "the file:// address does not name a file of this machine");
  }
}

function fileSource(path: string, options: SourceOptions): Source {
  const full = resolve(path);
  if (!existsSync(full)) throw new SensoriumError("config-invalid", `${path} does not exist`);
  if (!statSync(full).isFile()) throw new SensoriumError("config-invalid", `${path} is not a file`);
  return { kind: "file", path: full, loop: options.loop ?? false, ...decoded(options) };
}

function seedOf(text: string): number {
  const seed = text === "" ? 1 : Number(text);
  if (/^\d*$/.test(text) && seed <= 0xffff_ffff) return seed;
  throw new SensoriumError(
    "config-invalid",
    `simulated:${text} has a bad seed: it is a whole number from 0 to 4294967295`,
  );
}
