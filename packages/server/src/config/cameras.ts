import { createHash } from "node:crypto";
import { basename, extname, resolve } from "node:path";
import type { Anchor, CountingLine, Polygon, TrackerName, TrafficOptions, Zone } from "@sensorium/perception";
import { type CameraId, cameraId, lineId, type Micros, micros, zoneId } from "@sensorium/protocol";
import type * as file from "@sensorium/protocol/config";
import { readSegment } from "@sensorium/protocol/config";
import { describeSource, identifySource, parseSource, type Source, type SourceOptions } from "../sources/source.ts";
import { milliseconds } from "./duration.ts";
import { type EnvironmentConfig, environmentIn, type TrackingConfig } from "./environments.ts";

/** A line to count at, with its own rule; what is left out takes the counter's default. */
export interface LineConfig extends CountingLine {
  readonly anchor?: Anchor;
  readonly frames?: number;
  readonly distance?: number;
}

/** An area to watch, with its own rule; what is left out takes the watcher's default. */
export interface ZoneConfig extends Zone {
  readonly anchor?: Anchor;
  readonly enterAfter?: Micros;
  readonly leaveAfter?: Micros;
}

/** One camera, complete. */
export interface CameraConfig {
  readonly id: CameraId;
  readonly name: string;
  readonly environment: string;
  readonly source: Source;
  /** A bundled model's name or the path of an .onnx file. */
  readonly model: string;
  readonly classes: readonly string[];
  readonly tracker: TrackerName;
  /** As its environment has it. */
  readonly tracking: TrackingConfig;
  /** Finds the skeletons of people; undefined where nobody wants them. */
  readonly pose: string | undefined;
  /** Finds where the skin of people is, for whoever asks; undefined where skeletons have to do. */
  readonly densePose: string | undefined;
  /** Knows people again who come back; undefined where they are known by their place alone. */
  readonly reid: string | undefined;
  readonly lines: readonly LineConfig[];
  readonly zones: readonly ZoneConfig[];
  /** Whether only frames in which something moves are looked at. */
  readonly motionGate: boolean;
  /** Parts of the picture, in fractions, in which nothing is looked for. */
  readonly masks: readonly Polygon[];
  /** Parts of the picture, in fractions, in which nobody falls. */
  readonly beds: readonly Polygon[];
  readonly traffic: TrafficOptions;
}

/** What a camera of the file is completed with. */
export interface CameraContext {
  readonly defaults: file.Defaults;
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
  /** The model of cameras that name none. */
  readonly model: string;
  /** The folder that paths are relative to; the working directory when absent. */
  readonly folder: string | undefined;
}

/** @throws SensoriumError "config-invalid" when the source cannot be one. */
export function cameraConfig(id: string, camera: file.Camera, context: CameraContext): CameraConfig {
  const { defaults, folder } = context;
  const { environment, classes, tracker, pose, densePose, reid, motionGate, lines } = { ...defaults, ...camera };
  return {
    id: cameraId(id),
    name: camera.name ?? id,
    source: sourceOf(camera, context),
    model: camera.model === undefined ? context.model : modelPath(camera.model, folder),
    ...{ environment, classes, tracker, motionGate },
    tracking: environmentIn(context.environments, environment).tracking,
    pose: pose === undefined ? undefined : modelPath(pose, folder),
    densePose: densePose === undefined ? undefined : modelPath(densePose, folder),
    reid: reid === undefined ? undefined : modelPath(reid, folder),
    lines: Object.entries(lines).map(lineConfig),
    zones: Object.entries(camera.zones ?? {}).map(zoneConfig),
    masks: (camera.masks ?? []).map(cornersOf),
    beds: (camera.beds ?? []).map(cornersOf),
    traffic: trafficOptions({ ...defaults.traffic, ...camera.traffic }),
  };
}

/** A bundled model's name stays; a file's is completed. */
export function modelPath(name: string, folder: string | undefined): string {
  return folder !== undefined && /[/\\]|\.(onnx|pth?)$/i.test(name) ? resolve(folder, name) : name;
}

function sourceOf({ source, ...camera }: file.Camera, { defaults, folder }: CameraContext): Source {
  const decode = camera.decode ?? defaults.decode;
  const options: SourceOptions = {
    loop: defaults.loop,
    rtspTransport: defaults.rtspTransport,
    snapshotIntervalMs: milliseconds(defaults.snapshotInterval),
    decode,
  };
  // Everything else than a path has at least two letters before its colon; a drive has one.
  const located = (text: string): string =>
    folder === undefined || /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : resolve(folder, text);
  if (typeof source === "string") return parseSource(located(source), options);
  switch (source.kind) {
    case "file":
      return parseSource(located(source.path), { loop: source.loop ?? defaults.loop, decode });
    case "rtsp":
      return parseSource(source.url, { rtspTransport: source.transport ?? defaults.rtspTransport, decode });
    case "http":
    case "http-snapshot": {
      const snapshotIntervalMs = milliseconds(source.interval ?? defaults.snapshotInterval);
      const { certificate } = source;
      const text = `${source.kind === "http" ? "" : "snapshot+"}${source.url}`;
      return parseSource(text, { snapshotIntervalMs, certificate, decode });
    }
    case "http-mjpeg":
      return parseSource(`mjpeg+${source.url}`, { certificate: source.certificate });
    case "simulated":
      return parseSource(`simulated:${source.seed ?? ""}`);
  }
}

function lineConfig([id, line]: [string, file.Line]): LineConfig {
  const { from, to, ...rule } = typeof line === "string" ? segmentOf(line) : line;
  return { id: lineId(id), a: pointOf(from), b: pointOf(to), ...rule };
}

function segmentOf(text: string): { readonly from: file.Point; readonly to: file.Point } {
  const reading = readSegment(text);
  if (!reading.ok) throw new Error(`an unchecked line: ${reading.reason}`);
  const { from, to } = reading;
  return { from, to };
}

function zoneConfig([id, zone]: [string, file.Zone]): ZoneConfig {
  if (Array.isArray(zone)) return { id: zoneId(id), corners: cornersOf(zone) };
  const { polygon, anchor, enterAfter, leaveAfter } = zone;
  return {
    id: zoneId(id),
    corners: cornersOf(polygon),
    ...(anchor && { anchor }),
    ...(enterAfter !== undefined && { enterAfter: micros(milliseconds(enterAfter) * 1000) }),
    ...(leaveAfter !== undefined && { leaveAfter: micros(milliseconds(leaveAfter) * 1000) }),
  };
}

const pointOf = ([x, y]: file.Point): { readonly x: number; readonly y: number } => ({ x, y });
const cornersOf = (points: readonly file.Point[]): Polygon => points.map(pointOf);

function trafficOptions({ people, window, quiet }: file.Defaults["traffic"]): TrafficOptions {
  return { people, windowMs: milliseconds(window), quietMs: milliseconds(quiet) };
}

/**
 * A source of the command line as a camera of the file, with its id.
 * @throws SensoriumError "config-invalid" when it cannot be one.
 */
export function cameraOfSource(text: string): readonly [string, file.Camera] {
  const source = parseSource(text);
  const shown = describeSource(source);
  const stem = source.kind === "file" ? basename(shown, extname(shown)) : shown.replace(/^\w+:\/*/, "");
  const name = source.kind === "simulated" ? "Simulated room" : stem.slice(0, 200);
  return [cameraIdOf(source, stem), { name, source: text, enabled: true }];
}

/** The same source is the same camera tomorrow, and another source is another one. */
function cameraIdOf(source: Source, stem: string): CameraId {
  const slug =
    stem
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 40) || "camera";
  return cameraId(`${slug}-${createHash("sha256").update(identifySource(source)).digest("hex").slice(0, 6)}`);
}
