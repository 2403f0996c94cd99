import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SensoriumEvent } from "@sensorium/protocol";
import { openApiDocument } from "@sensorium/protocol/rest";
import { expect } from "vitest";
import { z } from "zod";
import { composeConfig } from "../../config/config.ts";
import { ConfigEditor } from "../../config/edit.ts";
import { silentLog } from "../../observe/log.ts";
import { Sessions } from "../../pipeline/sessions.ts";
import { sqliteDatabase } from "../../storage/databases.fixture.ts";
import type { HistoryRecords } from "../../storage/history.ts";
import { historyRecords } from "../../storage/history-records.ts";
import { PoseLog } from "../../storage/pose-log.ts";
import { project } from "../../storage/project.ts";
import { defaultSettings, settingsOf } from "../http/api/current-settings.ts";
import type { DatabaseState, EnvironmentFigures } from "../http/api/sources.ts";
import type { ConfigControl } from "../http/configuration.ts";
import { HttpServer } from "../http/server.ts";
import { TestAuth } from "./auth.fixture.ts";
import { HandClock } from "./hand-clock.ts";
import { directoryOf, ScriptedCamera } from "./scripted-camera.ts";
import { ScriptedSensing } from "./scripted-sensing.ts";

/** What came back. */
export interface RestReply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what it is depends on what was asked; the document has checked it
  readonly body: any;
}

const FILE = `cameras:
  door: { source: "rtsp://192.0.2.1/s", environment: room_001 }
  bed: { source: "rtsp://192.0.2.2/s", environment: ward_2, pose: movenet-lightning }
`;

const FIGURES: EnvironmentFigures = {
  components: { neural_network: "healthy", tracker: "degraded" },
  heartbeats: { neural_network: 1_773_479_990_000, tracker: 1_773_479_990_100 },
  occupancy: 2,
  performance: { latencyMs: 41.5, queued: 1 },
};

interface Parts {
  readonly clock: HandClock;
  readonly sensing: ScriptedSensing;
  readonly access: TestAuth;
  readonly server: HttpServer;
  readonly history: HistoryRecords;
  /** How the log is. */
  readonly database: { status: DatabaseState["status"]; writtenMs: number | null };
  /** Nothing in the database is found any more. */
  loseDatabase(): Promise<void>;
  readonly path: string;
  readonly told: SensoriumEvent[];
  readonly running: Set<string>;
  readonly cleanup: AsyncDisposableStack;
  happened(...events: readonly SensoriumEvent[]): Promise<void>;
}

/** The server over scripted cameras in `room_001` and `ward_2` and an empty history, on a port of its own. */
export class ApiFixture implements AsyncDisposable {
  readonly parts: Parts;
  readonly #document = openApiDocument({ version: "0" });
  readonly #schemas = new Map<string, z.ZodType>();

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Without `pageFolder` no page is served. */
  static async open({ pageFolder = "/nonexistent" } = {}): Promise<ApiFixture> {
    const cleanup = new AsyncDisposableStack();
    const clock = new HandClock();
    const sensing = new ScriptedSensing(["room_001", "ward_2"]);
    const cameras = directoryOf(new ScriptedCamera("door", "room_001"), new ScriptedCamera("bed", "ward_2"));
    const access = cleanup.use(await TestAuth.open(clock));
    const { db } = cleanup.use(await sqliteDatabase());
    const history = historyRecords(db, await PoseLog.open(db, "e"));
    const database: Parts["database"] = { status: "healthy", writtenMs: null };
    const loseDatabase = (): Promise<void> => db.schema.dropTable("analytics_windows").execute();
    const folder = mkdtempSync(join(tmpdir(), "sensorium-api-"));
    cleanup.defer(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "sensorium.yaml");
    writeFileSync(path, FILE);
    const current = { config: composeConfig({ environment: {}, file: { path, text: FILE } }) };
    const told: SensoriumEvent[] = [];
    const running = new Set(sensing.environments());
    const server = cleanup.use(
      await HttpServer.listen({
        ...{ clock, log: silentLog, cameras, pageFolder, port: 0, auth: access.auth },
        ...{ trail: access.trail, control: controlOf(path, current), streaming: { source: sensing } },
        api: {
          ...{ sensing, history, version: "0", system: sessionsOf(running, clock) },
          database: () => database,
          figures: (environment) => (running.has(environment) ? FIGURES : null),
          settings: (environment) => settingsOf(environment, { ...current, cameras, encrypted: false }),
          defaults: defaultSettings("default", false),
          usage: () => ({ cpu: 12.5, memory: 40, gpu: null, gpuMemory: null }),
          record: (event) => told.push(event),
        },
      }),
    );
    let offset = 0;
    const happened = (...events: readonly SensoriumEvent[]): Promise<void> =>
      project(
        db,
        events.map((event) => ({ event, position: { epoch: "e", offset: ++offset } })),
      );
    const parts = {
      clock,
      sensing,
      access,
      server,
      history,
      database,
      loseDatabase,
      path,
      told,
      running,
      cleanup,
      happened,
    };
    return new ApiFixture(parts);
  }

  /** Asks as whom the token says; what comes back has to be as the OpenAPI document says. */
  async ask(
    what: string,
    { token, body }: { readonly token?: string; readonly body?: unknown } = {},
  ): Promise<RestReply> {
    const [method = "", path = ""] = what.split(" ");
    const reply = await fetch(`http://127.0.0.1:${this.parts.server.port}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const said: unknown = await reply.json();
    const schema = this.#schemaOf(method.toLowerCase(), { path: path.split("?")[0] ?? "", status: reply.status });
    expect([what, schema.safeParse(said).error?.issues ?? []]).toEqual([what, []]);
    return { status: reply.status, headers: reply.headers, body: said };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.cleanup.disposeAsync();
  }

  #schemaOf(method: string, { path, status }: { readonly path: string; readonly status: number }): z.ZodType {
    const paths = this.#document.paths as Record<string, Record<string, { responses: Record<string, Json> }>>;
    const known = Object.keys(paths).find((one) => new RegExp(`^${one.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path));
    const response = paths[known ?? ""]?.[method]?.responses[status];
    if (!response) throw new Error(`${method} ${path} is not documented to answer ${status}`);
    const key = `${method} ${known} ${status < 400 ? status : "failure"}`;
    const schema = this.#schemas.get(key) ?? z.fromJSONSchema(this.#resolved(response));
    this.#schemas.set(key, schema);
    return schema;
  }

  #resolved(response: Json): Schema {
    const { schemas } = this.#document.components as { readonly schemas: { readonly Failure: Schema } };
    const content = (response as { content?: Record<string, { schema: Schema }> }).content;
    return content?.["application/json"]?.schema ?? schemas.Failure;
  }
}

type Schema = Parameters<typeof z.fromJSONSchema>[0];
type Json = { readonly [key: string]: unknown };

function controlOf(path: string, current: { config: ReturnType<typeof composeConfig> }): ConfigControl {
  const editor = new ConfigEditor(path, { environment: {} });
  return {
    read: async () => ({ ...(await editor.read()), models: [] }),
    async change(edit, options) {
      const { version, config } = await editor.edit(edit, options);
      current.config = config;
      return { version, restartNeeded: [] };
    },
  };
}

function sessionsOf(running: Set<string>, clock: HandClock): Sessions {
  let started = 0;
  const known = new Map<string, { readonly session: string; readonly startedMs: ReturnType<HandClock["now"]> }>();
  const sessions: Sessions = new Sessions({
    cameras: {
      pause: async (environment) => void running.delete(environment),
      resume: async (environment) => void running.add(environment),
    },
    environments: {
      get: (environment) => known.get(environment),
      restart: () => undefined,
      look() {
        for (const environment of ["room_001", "ward_2"]) {
          if (!sessions.isRunning(environment)) known.delete(environment);
          else if (!known.has(environment)) {
            known.set(environment, { session: `session_${++started}`, startedMs: clock.now() });
          }
        }
      },
    },
    now: () => clock.now(),
  });
  return sessions;
}
