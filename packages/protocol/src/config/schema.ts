/**
 * `sensorium.yaml`: what the server is told in a file. The schema checks and fills in; it changes nothing, so that what
 * comes out can be written back. The places in the file are also the names of the settings everywhere else.
 */
import { z } from "zod";
import { Scope } from "../http/auth.ts";
import { type LimitGroup, RATE_LIMITS } from "../http/endpoint.ts";
import { formatLocal } from "../local-time.ts";
import { Camera, CameraName, Defaults } from "./camera.ts";
import { duration } from "./duration.ts";
import { Environments } from "./environment.ts";

const port = z.int().min(0).max(65535);
const hosts = z
  .array(z.string().min(1))
  .default([])
  .describe("Further names by which clients may call this machine, as in door-pc.example");
const origins = (what: string) =>
  z
    .array(z.string().regex(/^[a-z][a-z\d+.-]*:\/\/[^/?#\sA-Z]+$/, "must be an origin such as https://shop.example"))
    .default([])
    .describe(what);
const proxies = [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()];
const proxy = z
  .string()
  .refine(
    (text) => proxies.some((form) => form.safeParse(text).success),
    "must be an address or a network such as 10.0.0.0/8",
  );
const auth = z.enum(["token", "none"]);

const rateLimit = (group: LimitGroup, what: string) =>
  z
    .strictObject({
      requests: z.int().min(1).max(1_000_000).default(RATE_LIMITS[group].requests).describe("So many …"),
      window: duration({ least: "1 s", most: "24 h" })
        .default(`${RATE_LIMITS[group].windowSeconds} s`)
        .describe("… within this time, counted from the first"),
    })
    .prefault({})
    .describe(what);

const RateLimits = z
  .strictObject({
    auth: rateLimit("auth", "Logging in, by each address"),
    poseRead: rateLimit("poseRead", "Asking for poses"),
    poseWrite: rateLimit("poseWrite", "Sending measurements to find poses in"),
    config: rateLimit("config", "Asking for settings and changing them"),
    analytics: rateLimit("analytics", "Asking for figures and events"),
    health: rateLimit("health", "Asking how the server is"),
  })
  .prefault({})
  .describe("How many requests of the REST API each token may make in a window");

const Server = z
  .strictObject({
    host: z.string().min(1).default("127.0.0.1").describe("The address to listen on; 0.0.0.0 for all"),
    port: port.default(8000).describe("The page, the REST API and the live protocols"),
    tls: z
      .union([
        z.boolean(),
        z.strictObject({
          certificate: z.string().min(1).describe("PEM file with the certificate and those above it"),
          key: z.string().min(1).describe("PEM file with its private key"),
        }),
      ])
      .default(false)
      .describe("HTTPS: with a certificate of yours, or true for one that is made here"),
    trustProxy: z
      .union([z.int().min(0).max(10), z.array(proxy)])
      .default(0)
      .describe("Reverse proxies whose word on who is calling is taken: how many, or their addresses and networks"),
    hosts,
    origins: origins("Origins of pages elsewhere that may call the REST API with a token"),
    auth: auth
      .default("token")
      .describe("token: only with a login or a token; none: everybody on this machine, and this machine only"),
    rateLimits: RateLimits,
  })
  .describe("The page, the REST API and the live protocols");

const Auth = z
  .strictObject({
    jwks: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).describe("Where its JSON Web Key Set is"),
        issuer: z.string().min(1).describe("What its tokens say who made them, iss"),
        audience: z.string().min(1).describe("What its tokens say whom they are for, aud"),
      })
      .optional()
      .describe("Another issuer whose tokens are good too, signed with RS256, ES256 or EdDSA"),
    roles: z
      .record(z.string().min(1), Scope)
      .default({ admin: "admin", operator: "operate", viewer: "read" })
      .describe("What each role in its tokens grants: read, operate or admin"),
  })
  .describe("Tokens that were made elsewhere");

const Counter = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether this port is opened at all"),
    host: z.string().min(1).default("127.0.0.1").describe("The address to listen on; 0.0.0.0 for all"),
    port: port.default(8765).describe("Where its clients connect"),
    camera: CameraName.optional().describe("The camera that is served; the first when absent"),
    streamQuality: z.int().min(1).max(100).default(75).describe("JPEG quality of its pictures"),
    origins: origins("Origins of pages on other machines that may connect"),
    hosts,
    auth: auth
      .optional()
      .describe("When absent, clients on this machine need nothing and all others a token; none: nobody needs one"),
  })
  .describe("The people-counter protocol, on a port of its own");

const Worker = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether backends may connect at / of the main port"),
    auth: auth
      .optional()
      .describe("When absent, backends on this machine need nothing and all others a token; none: nobody needs one"),
    maxStreams: z.int().min(1).max(10_000).optional().describe("Subscriptions at a time; 100 when absent"),
    targetFps: z
      .number()
      .min(0.01)
      .max(120)
      .optional()
      .describe("Frames a second that are looked at for a subscription, at the most; 10 when absent"),
    models: z.string().min(1).optional().describe("The folder in which bundles may lie that are named by a path"),
    bundleHosts: z
      .array(z.string().min(1))
      .default([])
      .describe("Hosts from which bundles are fetched, as in *.example.com or http://cms.local; any when empty"),
    gracePeriod: duration({ least: "0 s", most: "1 h" })
      .default("30 s")
      .describe("How long a backend that is gone may take to come back before its subscriptions end"),
    visitTimeout: duration({ least: "1 s", most: "1 h" })
      .default("10 s")
      .describe("A vehicle that was not seen for so long has gone: the next one is another visit"),
    perFrameSessions: z
      .boolean()
      .default(false)
      .describe("A session and a record for every frame, as the original did"),
    originalConfig: z
      .string()
      .min(1)
      .optional()
      .describe("The original worker's config.json; what is said here wins over it"),
  })
  .describe("The detector worker's protocol, at / of the main port");

/** How long records are kept. Today's counts are made from crossings, so those outlast the day. */
export const Retention = z.strictObject({
  crossings: duration({ least: "2 days", most: "36500 days" })
    .optional()
    .describe(
      "How long crossings, stays, high traffic, occupancy, analytics and happenings are kept; for ever when absent",
    ),
  events: duration({ least: "1 h", most: "36500 days" })
    .optional()
    .describe("How long the log is kept from which clients catch up; for ever when absent"),
  poses: duration({ least: "1 h", most: "36500 days" })
    .optional()
    .describe("How long poses, and analytics of less than an hour, are kept; 30 days when absent"),
  audit: duration({ least: "1 day", most: "36500 days" })
    .optional()
    .describe("How long it is kept who changed what; a year when absent"),
});
export type Retention = z.infer<typeof Retention>;

const Store = z
  .strictObject({
    databaseUrl: z.string().min(1).optional().describe("PostgreSQL that receives every event too, postgresql://…"),
    retention: Retention.prefault({}).describe("How long records are kept"),
  })
  .describe("Where records go, and for how long");

const History = z
  .strictObject({
    poses: duration({ least: "0 s", most: "1 min" })
      .default("1 s")
      .describe("The time from one recorded pose of a person to the next; 0 s records none"),
  })
  .describe("What is recorded of people");

const Reset = z
  .strictObject({
    time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be HH:MM between 00:00 and 23:59")
      .default("00:00")
      .describe("Time of day, HH:MM"),
    zone: z
      .string()
      .refine(isZone, "must be a time zone such as Europe/Berlin")
      .optional()
      .describe("Time zone of that, as in Europe/Berlin; the machine's when absent"),
  })
  .describe("When the day's counts begin again");

const Models = z
  .strictObject({
    default: z.string().min(1).optional().describe("A model's name, or an .onnx or .pt file, for all cameras"),
    device: z
      .enum(["auto", "cpu", "cuda", "directml", "coreml"])
      .default("auto")
      .describe("What models run on; auto is the first that works here"),
    threads: z.int().min(1).max(256).optional().describe("Inference threads; one per core when absent"),
    cacheFolder: z.string().min(1).optional().describe("Where prepared models are kept; models in the state's folder"),
  })
  .describe("The detectors");

/** Everything `sensorium.yaml` can say. */
export const ConfigFile = z.strictObject({
  home: z.string().min(1).default(".sensorium").describe("Folder of the state: records, prepared models, keys"),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info").describe("What is logged"),
  server: Server.prefault({}),
  auth: Auth.prefault({}),
  counter: Counter.prefault({}),
  worker: Worker.prefault({}),
  store: Store.prefault({}),
  history: History.prefault({}),
  reset: Reset.prefault({}),
  models: Models.prefault({}),
  defaults: Defaults.prefault({}),
  environments: Environments,
  cameras: z.record(CameraName, Camera).optional().describe("The cameras by id; a simulated room when this is absent"),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** The JSON Schema of the file, for editors. */
export function configJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(ConfigFile, { io: "input" });
  return { $schema, title: "Sensorium's configuration", ...schema };
}

function isZone(zone: string): boolean {
  try {
    formatLocal(0, zone);
    return true;
  } catch {
    return false;
  }
}
