import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SensoriumError } from "@sensorium/protocol";

/** Where a camera's pictures come from. */
export type Source =
  | { readonly kind: "file"; readonly path: string; readonly loop: boolean }
  | { readonly kind: "rtsp"; readonly url: string; readonly transport: "tcp" | "udp" }
  | { readonly kind: "simulated"; readonly seed: number };

export interface SourceOptions {
  /** Begin a file again when it ends. */
  readonly loop?: boolean;
  readonly rtspTransport?: "tcp" | "udp";
}

/**
 * A source as people write it: a path, `rtsp://…` or `simulated:` with an optional seed.
 * @throws SensoriumError "config-invalid" with a sentence naming what and why.
 */
export function parseSource(text: string, options: SourceOptions = {}): Source {
  if (text.startsWith("simulated:")) return { kind: "simulated", seed: seedOf(text.slice("simulated:".length)) };
  if (/^rtsps?:/i.test(text)) return rtspSource(text, options);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "file") return fileSource(pathOf(text), options);
  if (scheme === undefined) return fileSource(text, options);
  throw new SensoriumError(
    "config-invalid",
    `${scheme}:// is not a source that can be opened: give a video file or an rtsp:// address`,
  );
}

/** The source without credentials, for people. */
export function describeSource(source: Source): string {
  switch (source.kind) {
    case "file":
      return basename(source.path);
    case "rtsp":
      return redactUrl(source.url);
    case "simulated":
      return `simulated:${source.seed}`;
  }
}

/**
 * The address without what often carries secrets: user name, password, query, and parts of the path that set
 * something (`/user=…_password=…`, as some recorders have it).
 */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return "an address that cannot be read";
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.split("/").map((part) => (/=|%3d/i.test(part) ? "…" : part));
  return `${protocol}//${host}${path.join("/")}`;
}

/** Whether pictures come in real time, so that a late one is worth nothing. */
export const isLive = (source: Source): boolean => source.kind === "rtsp";

function rtspSource(url: string, options: SourceOptions): Source {
  const parsed = URL.parse(url);
  if (!parsed?.hostname) {
    throw new SensoriumError(
      "config-invalid",
      "the rtsp:// address cannot be read: it needs a host, as in rtsp://192.0.2.1:554/stream",
    );
  }
  // Everyone who parses it takes the part of the password before its first / ? or # for the host.
  if (parsed.username === "" && /[/?#].*@/.test(url.slice(url.indexOf("//") + 2))) {
    throw new SensoriumError(
      "config-invalid",
      "the rtsp:// address has an @ after its host: in a password write / as %2F, ? as %3F and # as %23, elsewhere @ as %40",
    );
  }
  return { kind: "rtsp", url, transport: options.rtspTransport ?? "tcp" };
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
  return { kind: "file", path: full, loop: options.loop ?? false };
}

function seedOf(text: string): number {
  const seed = text === "" ? 1 : Number(text);
  if (/^\d*$/.test(text) && seed <= 0xffff_ffff) return seed;
  throw new SensoriumError(
    "config-invalid",
    `simulated:${text} has a bad seed: it is a whole number from 0 to 4294967295`,
  );
}
