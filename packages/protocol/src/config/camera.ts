import { z } from "zod";
import { duration } from "./duration.ts";
import { Anchor, Line, Polygon } from "./geometry.ts";

/** Part of addresses and records, so it holds nothing that would have to be escaped there. */
export const CameraName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, "must be 1 to 64 letters, digits, dots, dashes or underscores")
  .describe("The camera's id, in records and addresses; another id is another camera");

const SpotName = z.string().regex(/^\P{Cc}{1,64}$/u, "must have 1 to 64 characters");

const webAddress = z.string().regex(/^https?:\/\//i, "must begin with http:// or https://");
const certificate = z
  .string()
  .regex(/^(any|([\da-f]{2}:?){31}[\da-f]{2})$/i, 'must be a SHA-256 fingerprint of 64 hexadecimal digits, or "any"')
  .describe("The https:// camera's own certificate: its SHA-256 fingerprint; any believes whoever answers");
const snapshotInterval = duration({ least: "50 ms", most: "1 h" }).describe("From one snapshot to the next");

/** One entry per kind of source that can be opened; a text means what it means on the command line. */
export const SourceObject = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("file"),
    path: z.string().min(1).describe("A video file; relative to this file's folder"),
    loop: z.boolean().optional().describe("Begin it again when it ends"),
  }),
  z.strictObject({
    kind: z.literal("rtsp"),
    url: z
      .string()
      .regex(/^rtsps?:\/\//i, "must begin with rtsp:// or rtsps://")
      .describe(
        `The camera's address; its password can stay in a variable: rtsp://user:\${DOOR_PASSWORD}@192.0.2.1/stream`,
      ),
    transport: z.enum(["tcp", "udp"]).optional().describe("How its pictures travel"),
  }),
  z.strictObject({
    kind: z.literal("http"),
    url: webAddress.describe("A JPEG for every request, a stream of JPEGs or a video: its first answer tells"),
    interval: snapshotInterval.optional(),
    certificate: certificate.optional(),
  }),
  z.strictObject({
    kind: z.literal("http-snapshot"),
    url: webAddress.describe("A JPEG for every request"),
    interval: snapshotInterval.optional(),
    certificate: certificate.optional(),
  }),
  z.strictObject({
    kind: z.literal("http-mjpeg"),
    url: webAddress.describe("A stream of JPEGs"),
    certificate: certificate.optional(),
  }),
  z.strictObject({
    kind: z.literal("simulated"),
    seed: z.int().min(0).max(0xffff_ffff).optional().describe("Another number is another room"),
  }),
]);

/** Where a camera's pictures come from. */
export const Source = z
  .union([z.string().min(1), SourceObject])
  .describe("Where the pictures come from: a video file, an rtsp:// or http:// address, or an object with a kind");

const ZoneObject = z.strictObject({
  polygon: Polygon,
  anchor: Anchor.optional().describe("The point of a box that must be inside (bottom-centre: the feet)"),
  enterAfter: duration({ least: "0 s", most: "1 h" })
    .optional()
    .describe("How long somebody is seen inside before having entered (500 ms)"),
  leaveAfter: duration({ least: "0 s", most: "1 h" })
    .optional()
    .describe("How long somebody who has entered is seen outside before having left (500 ms)"),
});

/** An area that people stay in. */
export const Zone = z.union([Polygon, ZoneObject]).describe("An area that people stay in");
export type Zone = z.infer<typeof Zone>;

const Environment = z.string().min(1).max(100).describe("The site or part of it whose people may see this camera");
const Classes = z.array(z.string().min(1)).min(1).describe("What to track and count, by the model's names");
const Tracker = z
  .enum(["byte-track", "sort", "oc-sort"])
  .describe("How detections become tracks: byte-track bridges weak detections, oc-sort sudden turns");
const MotionGate = z.boolean().describe("Look only while something moves; a slow look in between keeps it honest");
const Decode = z
  .enum(["auto", "software"])
  .describe("What decodes videos: auto takes the machine's own device where it has one, software the CPU always");
const Pose = z.string().min(1).describe("A pose model, for skeletons, such as movenet-lightning; none when absent");
const DensePose = z
  .string()
  .min(1)
  .describe("A DensePose model, for where on the body each pixel lies, to whoever asks; by skeleton only when absent");
const Reid = z
  .string()
  .min(1)
  .describe("A re-identification model: who comes back within a minute keeps their number; by place only when absent");
const Lines = z.record(SpotName, Line).describe("Lines to count at, by name");
const traffic = {
  people: z.int().min(1).max(100_000).describe("High traffic starts when this many people have come in …"),
  window: duration({ least: "1 s", most: "24 h" }).describe("… within this time"),
  quiet: duration({ least: "1 s", most: "24 h" }).describe("It ends when nobody has come in for this long"),
};

/** Across the middle of the picture; people who walk to the right go in. */
export const DEFAULT_LINE = "0.5,0,0.5,1";

/** What holds for every camera that says nothing else. */
export const Defaults = z
  .strictObject({
    environment: Environment.default("default"),
    classes: Classes.default(["person"]),
    tracker: Tracker.default("byte-track"),
    pose: Pose.optional(),
    densePose: DensePose.optional(),
    reid: Reid.optional(),
    motionGate: MotionGate.default(true),
    decode: Decode.default("auto"),
    lines: Lines.default({ [DEFAULT_LINE]: DEFAULT_LINE }),
    traffic: z
      .strictObject({
        people: traffic.people.default(5),
        window: traffic.window.default("60 s"),
        quiet: traffic.quiet.default("60 s"),
      })
      .prefault({})
      .describe("When foot traffic is high"),
    loop: z.boolean().default(false).describe("Begin video files again when they end"),
    rtspTransport: z.enum(["tcp", "udp"]).default("tcp").describe("How RTSP pictures travel"),
    snapshotInterval: snapshotInterval.default("1 s"),
  })
  .describe("What holds for every camera that says nothing else");
export type Defaults = z.infer<typeof Defaults>;

/** One camera; what it leaves out is taken from `defaults`. */
export const Camera = z
  .strictObject({
    name: z.string().min(1).max(200).optional().describe("What people call it; its id when absent"),
    source: Source,
    enabled: z.boolean().default(true).describe("Whether it is watched at all"),
    environment: Environment.optional(),
    model: z.string().min(1).optional().describe("A model's name, or an .onnx or .pt file, in place of models.default"),
    classes: Classes.optional(),
    tracker: Tracker.optional(),
    pose: Pose.optional(),
    densePose: DensePose.optional(),
    reid: Reid.optional(),
    lines: Lines.optional().describe("Lines to count at, by name; those of defaults when absent, none when empty"),
    zones: z.record(SpotName, Zone).optional().describe("Areas that people stay in, by name"),
    motionGate: MotionGate.optional(),
    decode: Decode.optional(),
    masks: z.array(Polygon).max(100).optional().describe("Parts of the picture in which nothing is looked for"),
    beds: z
      .array(Polygon)
      .max(100)
      .optional()
      .describe("Where people lie down, such as beds and sofas: no falls there"),
    traffic: z.strictObject(traffic).partial().optional().describe("When foot traffic is high"),
  })
  .describe("One camera; what it leaves out is taken from defaults");
export type Camera = z.infer<typeof Camera>;
