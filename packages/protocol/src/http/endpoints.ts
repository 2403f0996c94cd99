import { z } from "zod";
import { Line, Zone } from "../config/index.ts";
import * as analytics from "./analytics.ts";
import * as audit from "./audit.ts";
import * as auth from "./auth.ts";
import * as cameras from "./cameras.ts";
import { endpoint } from "./endpoint.ts";
import * as health from "./health.ts";
import { PageQuery } from "./paging.ts";
import * as pose from "./pose.ts";
import * as settings from "./settings.ts";
import * as system from "./system.ts";

/** Every endpoint of the REST API, once: routes check by it and the OpenAPI document is made of it. */

const READ = { scope: "read", environments: "own" } as const;
const READ_ALL = { scope: "read", environments: "all" } as const;
const OPERATE = { scope: "operate", environments: "own" } as const;
const ADMIN = { scope: "admin", environments: "all" } as const;

const data = <T extends z.ZodType>(schema: T) => ({ kind: "data", data: schema }) as const;
const page = <T extends z.ZodType>(item: T) => ({ kind: "page", item }) as const;
const nothing = data(z.null());

const authEndpoints = {
  me: endpoint({
    ...{ method: "GET", path: "/auth/me", group: "Access", needs: "somebody", limit: null },
    summary: "Who the server takes you for",
    answer: data(auth.Me),
  }),
  token: endpoint({
    ...{ method: "POST", path: "/auth/token", group: "Access", needs: "nothing", limit: "auth" },
    summary: "Get a bearer token for a name and a password",
    body: auth.PasswordRequest,
    example: { username: "admin", password: "correct horse battery staple" },
    answer: data(auth.TokenResult),
    refusals: [401],
  }),
  refresh: endpoint({
    ...{ method: "POST", path: "/auth/refresh", group: "Access", needs: "nothing", limit: "auth" },
    summary: "Get new tokens for a refresh token, once",
    description:
      "One that is shown a second time was copied: it ends the login. Only where the answer to it was lost it may be " +
      "shown again, within 30 seconds and before the token that was lost.",
    body: auth.RefreshRequest,
    answer: data(auth.TokenResult),
    refusals: [401],
  }),
  login: endpoint({
    ...{ method: "POST", path: "/auth/login", group: "Access", needs: "nothing", limit: "auth" },
    summary: "Log a page in, by a cookie",
    body: auth.PasswordRequest,
    example: { username: "admin", password: "correct horse battery staple" },
    answer: data(auth.Me),
    refusals: [401],
  }),
  exchangeLink: endpoint({
    ...{ method: "POST", path: "/auth/login-link/exchange", group: "Access", needs: "nothing", limit: "auth" },
    summary: "Log a page in with the token of a login link, once",
    body: auth.ExchangeRequest,
    answer: data(auth.Me),
    refusals: [401],
  }),
  logout: endpoint({
    ...{ method: "POST", path: "/auth/logout", group: "Access", needs: "somebody", limit: null },
    summary: "End the page's login",
    answer: nothing,
  }),
  setPassword: endpoint({
    ...{ method: "PUT", path: "/auth/password", group: "Access", needs: "somebody", limit: null },
    summary: "Set your password, and end your other logins",
    description: "With the old one, if you have one and are no admin of all environments.",
    body: auth.SetPasswordRequest,
    answer: nothing,
  }),
  listKeys: endpoint({
    ...{ method: "GET", path: "/auth/keys", group: "Access", needs: ADMIN, limit: null },
    summary: "List API keys",
    answer: data(auth.ApiKeyList),
  }),
  createKey: endpoint({
    ...{ method: "POST", path: "/auth/keys", group: "Access", needs: ADMIN, limit: null },
    summary: "Make an API key; it is shown this once",
    body: auth.CreateKeyRequest,
    example: { name: "wallboard", scopes: ["read"], environments: ["ward-3"] },
    answer: { ...data(auth.CreatedKey), status: 201 },
  }),
  revokeKey: endpoint({
    ...{ method: "DELETE", path: "/auth/keys/{id}", group: "Access", needs: ADMIN, limit: null },
    summary: "Take an API key back; connections opened with it end",
    params: z.object({ id: z.string() }),
    answer: nothing,
  }),
  rotateSigningKey: endpoint({
    ...{ method: "POST", path: "/auth/signing-keys/rotate", group: "Access", needs: ADMIN, limit: null },
    summary: "Sign tokens with a new key from now on",
    answer: data(auth.RotatedKey),
  }),
  listUsers: endpoint({
    ...{ method: "GET", path: "/auth/users", group: "Access", needs: ADMIN, limit: null },
    summary: "List users, by name",
    query: PageQuery,
    answer: page(auth.User),
  }),
  createUser: endpoint({
    ...{ method: "POST", path: "/auth/users", group: "Access", needs: ADMIN, limit: null },
    summary: "Make a user",
    description: "With environments other than null, they see and change only what is in these.",
    body: auth.CreateUserRequest,
    example: {
      username: "night nurse",
      password: "correct horse battery staple",
      scopes: ["read"],
      environments: ["ward-3"],
    },
    answer: { ...data(auth.User), status: 201 },
    refusals: [409],
  }),
  changeUser: endpoint({
    ...{ method: "PUT", path: "/auth/users/{id}", group: "Access", needs: ADMIN, limit: null },
    summary: "Change what a user may do and where, or their password",
    description:
      "At once, for all their logins, tokens and API keys: connections end, and come back with what is allowed now. " +
      "A password ends their logins.",
    params: auth.UserPath,
    body: auth.ChangeUserRequest,
    example: { scopes: ["operate"], environments: ["ward-3", "ward-4"] },
    answer: data(auth.User),
    refusals: [409],
  }),
  removeUser: endpoint({
    ...{ method: "DELETE", path: "/auth/users/{id}", group: "Access", needs: ADMIN, limit: null },
    summary: "Remove a user, with their logins, tokens and API keys",
    params: auth.UserPath,
    answer: nothing,
    refusals: [409],
  }),
  audit: endpoint({
    ...{ method: "GET", path: "/audit", group: "Access", needs: ADMIN, limit: null },
    summary: "Who did what to the server",
    description: "Newest first.",
    query: audit.AuditQuery,
    answer: page(audit.AuditEntry),
  }),
};

const poseEndpoints = {
  latestPoses: endpoint({
    ...{ method: "GET", path: "/pose/latest", group: "Poses", needs: READ, limit: "poseRead" },
    summary: "Who is to be seen now",
    description:
      "The newest frame of the environment's cameras, as pose_data tells it. Cameras are looked at for people while " +
      "somebody asks: the first answer may take some seconds, those that follow within ten seconds come at once.",
    query: pose.LatestQuery,
    answer: data(pose.LatestPoses),
    refusals: [404, 503],
  }),
  poseHistory: endpoint({
    ...{ method: "GET", path: "/pose/history", group: "Poses", needs: READ, limit: "poseRead" },
    summary: "Who was to be seen",
    description: "Poses are recorded less often than they are found. Oldest first.",
    query: pose.PoseHistoryQuery,
    answer: page(pose.PoseRecord),
  }),
  tracking: endpoint({
    ...{ method: "GET", path: "/pose/tracking/{track_id}", group: "Poses", needs: READ, limit: "poseRead" },
    summary: "Where one track went",
    description: "Numbers begin anew with a camera: of several tracks with one number, the newest is told.",
    params: pose.TrackPath,
    query: pose.TrackQuery,
    answer: data(pose.Tracking),
  }),
  processPose: endpoint({
    ...{ method: "POST", path: "/pose/process", group: "Poses", needs: OPERATE, limit: "poseWrite" },
    summary: "Find poses in a Wi-Fi measurement",
    description: "Not until this server can sense by Wi-Fi: what is sent is checked, then refused with 501.",
    body: pose.ProcessRequest,
    example: {
      csi_data: {
        timestamp: "2025-01-07T10:30:00.123Z",
        antenna_data: [[{ real: 1.23, imag: -0.45 }]],
        metadata: { router_id: "router_001", sampling_rate: 30, signal_strength: -45 },
      },
      processing_options: { confidence_threshold: 0.7, max_persons: 5, enable_tracking: true },
    },
    answer: data(pose.ProcessResult),
    refusals: [501],
  }),
};

const systemEndpoints = {
  startSystem: endpoint({
    ...{ method: "POST", path: "/system/start", group: "System", needs: OPERATE, limit: null },
    summary: "Look at the cameras again",
    description:
      "Ones that are looked at go on, and keep their session. Settings are changed as by PUT config; what cannot be changed stays as it is.",
    body: system.StartRequest,
    example: {
      configuration: { environment_id: "room_001", detection_settings: { confidence_threshold: 0.5 } },
    },
    answer: data(system.StartResult),
    refusals: [404, 409],
  }),
  stopSystem: endpoint({
    ...{ method: "POST", path: "/system/stop", group: "System", needs: OPERATE, limit: null },
    summary: "Look at the cameras no more, until they are started",
    description: "Cameras are closed, nothing is counted or recorded of them. A restart of the server starts them.",
    query: system.SystemQuery,
    answer: data(system.StopResult),
    refusals: [404, 409],
  }),
  restartSystem: endpoint({
    ...{ method: "POST", path: "/system/restart", group: "System", needs: OPERATE, limit: null },
    summary: "Open the cameras anew",
    query: system.SystemQuery,
    answer: data(system.RestartResult),
    refusals: [404],
  }),
  systemStatus: endpoint({
    ...{ method: "GET", path: "/system/status", group: "System", needs: READ, limit: null },
    summary: "What runs, and how well",
    query: system.SystemQuery,
    answer: data(system.SystemStatus),
    refusals: [404],
  }),
};

const settingsEndpoints = {
  settings: endpoint({
    ...{ method: "GET", path: "/config", group: "Settings", needs: READ, limit: "config" },
    summary: "What an environment is told",
    query: settings.SettingsQuery,
    answer: data(settings.Settings),
    refusals: [404],
  }),
  changeSettings: endpoint({
    ...{ method: "PUT", path: "/config", group: "Settings", needs: OPERATE, limit: "config" },
    summary: "Tell an environment otherwise",
    description:
      "What is sent changes, all else stays. It is written into the configuration file and takes effect at once; " +
      "sockets are told by config_update. How long poses are kept holds for all environments: it needs the scope " +
      "admin in all of them.",
    query: settings.SettingsQuery,
    body: settings.SettingsChange,
    example: { detection: { confidence_threshold: 0.6 }, analytics: { alert_thresholds: { fall_confidence: 0.7 } } },
    answer: data(settings.SettingsChanged),
    refusals: [404, 409],
  }),
  settingsSchema: endpoint({
    ...{ method: "GET", path: "/config/schema", group: "Settings", needs: READ, limit: "config" },
    summary: "What can be told, and what holds otherwise",
    answer: data(settings.SettingsSchema),
    refusals: [404],
  }),
};

const analyticsEndpoints = {
  summary: endpoint({
    ...{ method: "GET", path: "/analytics/summary", group: "Analytics", needs: READ, limit: "analytics" },
    summary: "The figures of a span of time",
    query: analytics.SummaryQuery,
    answer: data(analytics.Summary),
  }),
  events: endpoint({
    ...{ method: "GET", path: "/analytics/events", group: "Analytics", needs: READ, limit: "analytics" },
    summary: "Falls, alerts and activities",
    description: "Newest first; of the last day where no time is given.",
    query: analytics.EventsQuery,
    answer: page(analytics.AnalyticsEventRecord),
  }),
  acknowledgeEvent: endpoint({
    ...{ method: "POST", path: "/analytics/events/{event_id}/acknowledge", group: "Analytics" },
    ...{ needs: OPERATE, limit: "analytics" },
    summary: "Say that you saw to an event",
    description: "The first who does is kept.",
    params: analytics.EventPath,
    answer: data(analytics.AnalyticsEventRecord),
  }),
  occupancy: endpoint({
    ...{ method: "GET", path: "/analytics/occupancy", group: "Analytics", needs: READ, limit: "analytics" },
    summary: "How many people were there",
    query: analytics.OccupancyQuery,
    answer: data(analytics.Occupancy),
  }),
};

const healthEndpoints = {
  health: endpoint({
    ...{ method: "GET", path: "/health", group: "Health", needs: "nothing", limit: "health" },
    summary: "Whether the server is well",
    answer: data(health.Health),
  }),
  detailedHealth: endpoint({
    ...{ method: "GET", path: "/health/detailed", group: "Health", needs: READ_ALL, limit: "health" },
    summary: "How each part of the server is",
    answer: data(health.DetailedHealth),
  }),
  metrics: endpoint({
    ...{ method: "GET", path: "/metrics", group: "Health", needs: READ, limit: "health" },
    summary: "Figures of a span of time, as JSON",
    query: health.MetricsQuery,
    answer: data(health.Metrics),
  }),
};

const cameraEndpoints = {
  cameras: endpoint({
    ...{ method: "GET", path: "/cameras", group: "Cameras", needs: READ, limit: null },
    summary: "The cameras, and how each is",
    answer: data(cameras.CameraList),
  }),
  picture: endpoint({
    ...{ method: "GET", path: "/cameras/{id}/picture.jpg", group: "Cameras", needs: READ, limit: null },
    summary: "A camera's newest picture",
    params: cameras.CameraPath,
    answer: { kind: "media", type: "image/jpeg" },
    refusals: [503],
  }),
  putCamera: endpoint({
    ...{ method: "PUT", path: "/cameras/{id}", group: "Cameras", needs: ADMIN, limit: null },
    summary: "Add a camera, or change it",
    params: cameras.CameraPath,
    body: cameras.CameraChange,
    example: { name: "Front door", source: "rtsp://192.0.2.10/stream1" },
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
  deleteCamera: endpoint({
    ...{ method: "DELETE", path: "/cameras/{id}", group: "Cameras", needs: ADMIN, limit: null },
    summary: "Take a camera out; what it counted stays",
    params: cameras.CameraPath,
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
  putLine: endpoint({
    ...{ method: "PUT", path: "/cameras/{id}/lines/{spot}", group: "Cameras", needs: OPERATE, limit: null },
    summary: "Add a line to count at, or change it",
    params: cameras.SpotPath,
    body: Line,
    example: "0.2,0.6,0.8,0.6",
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
  deleteLine: endpoint({
    ...{ method: "DELETE", path: "/cameras/{id}/lines/{spot}", group: "Cameras", needs: OPERATE, limit: null },
    summary: "Take a line from a camera",
    params: cameras.SpotPath,
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
  putZone: endpoint({
    ...{ method: "PUT", path: "/cameras/{id}/zones/{spot}", group: "Cameras", needs: OPERATE, limit: null },
    summary: "Add a zone, or change it",
    params: cameras.SpotPath,
    body: Zone,
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
  deleteZone: endpoint({
    ...{ method: "DELETE", path: "/cameras/{id}/zones/{spot}", group: "Cameras", needs: OPERATE, limit: null },
    summary: "Take a zone from a camera",
    params: cameras.SpotPath,
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
  configuration: endpoint({
    ...{ method: "GET", path: "/configuration", group: "Cameras", needs: OPERATE, limit: null },
    summary: "What the configuration file says of cameras",
    answer: data(cameras.ConfigurationState),
    refusals: [422],
  }),
  putRetention: endpoint({
    ...{ method: "PUT", path: "/retention", group: "Cameras", needs: ADMIN, limit: null },
    summary: "Say how long records are kept",
    body: cameras.RetentionChange,
    example: { crossings: "400 days", events: "30 days" },
    answer: data(cameras.ConfigurationChanged),
    refusals: [409],
  }),
};

/** By name. */
export const endpoints = {
  ...authEndpoints,
  ...poseEndpoints,
  ...systemEndpoints,
  ...settingsEndpoints,
  ...analyticsEndpoints,
  ...healthEndpoints,
  ...cameraEndpoints,
};
