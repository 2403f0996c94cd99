import { reasonOf } from "@sensorium/protocol";
import { wifiDensepose } from "@sensorium/protocol/wire";
import { App } from "../app.ts";
import {
  CONFIG_NAME,
  type Config,
  type ConfigRequest,
  composeConfig,
  findConfigFile,
  readConfigFile,
} from "../config/config.ts";
import { ConfigEditor, type Edit } from "../config/edit.ts";
import { watchConfig } from "../config/watch.ts";
import { detectorNames } from "../models/catalogue.ts";
import { type Log, openLog } from "../observe/log.ts";
import { LINK_MINUTES } from "../serve/auth/accounts.ts";
import { loginUrl } from "../serve/auth/login-link.ts";
import type { ChangeOptions, ConfigChanged, ConfigControl, ConfigState } from "../serve/http/configuration.ts";
import { describeSource } from "../sources/source.ts";
import { settingsOf } from "./settings.ts";

/** Runs the server until it is interrupted. */
export async function serve(sources: readonly string[], flags: Readonly<Record<string, unknown>>): Promise<void> {
  const { config: named, ...given } = flags;
  const path = findConfigFile(named === undefined ? undefined : String(named));
  const file = path === undefined ? undefined : readConfigFile(path);
  const request = { sources, given: settingsOf(given) };
  const config = composeConfig({ ...request, file });
  const log = openLog(config.logLevel);
  const stop = new AbortController();
  const interrupted = interruption();
  const control =
    sources.length > 0 ? undefined : new FileControl(path ?? CONFIG_NAME, { request, modelFolder: config.modelCache });
  await using app = await App.open(config, { log, control });
  if (control) control.app = app;
  announce(config, app);
  const following = file && follow({ ...request, ...file, signal: stop.signal }, { app, log });
  const failure = await Promise.race([interrupted, app.failed]);
  stop.abort();
  await following;
  if (failure) throw failure;
  process.stderr.write("Stopping…\n");
}

interface FileControlOptions {
  readonly request: Omit<ConfigRequest, "file">;
  /** Where models are kept. */
  readonly modelFolder: string;
}

/** Changes the configuration file, and the server that runs by it. */
class FileControl implements ConfigControl {
  app: App | undefined;
  readonly #editor: ConfigEditor;

  readonly #modelFolder: string;

  constructor(path: string, { request, modelFolder }: FileControlOptions) {
    this.#editor = new ConfigEditor(path, request);
    this.#modelFolder = modelFolder;
  }

  async read(): Promise<ConfigState> {
    return { ...(await this.#editor.read()), models: detectorNames(this.#modelFolder) };
  }

  async change(edit: Edit, options: ChangeOptions): Promise<ConfigChanged> {
    const approve = async ({ cameras }: Config): Promise<void> => this.app?.cameras.check(cameras);
    const { version, config } = await this.#editor.edit(edit, { ...options, approve });
    return { version, restartNeeded: (await this.app?.apply(config)) ?? [] };
  }
}

/** Takes over what changes in the file; what cannot be used is said, and nothing changes. */
async function follow(
  watched: Parameters<typeof watchConfig>[0],
  { app, log }: { readonly app: App; readonly log: Log },
): Promise<void> {
  for await (const reload of watchConfig(watched)) {
    const problems = reload.ok ? await problemsWith(app, reload.config) : reload.problems;
    if (problems.length === 0) log.info({ file: watched.path }, "the configuration file was read again");
    else log.error({ file: watched.path, problems }, "the configuration file cannot be used, nothing changes");
  }
}

async function problemsWith(app: App, config: Config): Promise<readonly string[]> {
  try {
    await app.apply(config);
    return [];
  } catch (thrown) {
    return [reasonOf(thrown)];
  }
}

/** Resolves when the server is asked to stop. The handlers stay: a second Ctrl+C must not cut the closing short. */
function interruption(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(undefined));
  });
}

function announce({ cameras, server, worker }: Config, app: App): void {
  const model = app.cameras.list()[0]?.status().model;
  const [web, socket] = app.encrypted ? ["https", "wss"] : ["http", "ws"];
  const page = `${web}://${shownHost(server.host)}:${app.http.port}`;
  const watched = cameras.map(({ source }) => describeSource(source)).join(", ");
  const lines = [
    "",
    `  Sensorium watches ${watched || "no camera yet"}`,
    ...(model ? [`  with the model ${model.name} (${model.provider})`] : []),
    "",
    `  Page            ${page}`,
    `  Streaming API   ${page.replace(web, socket)}${wifiDensepose.PATH}`,
    ...(worker.enabled ? [`  Worker          ${page.replace(web, socket)}/`] : []),
    ...(app.counterPort === undefined ? [] : [`  People counter  ${socket}://localhost:${app.counterPort}`]),
    ...(app.loginToken === null ? [] : loginLines(loginUrl(page, app.loginToken))),
    "",
    "  Stop with Ctrl+C.",
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const loginLines = (url: string): readonly string[] => [
  "",
  `  Log in          ${url}`,
  `                  (once, within ${LINK_MINUTES} minutes; sensorium login-link makes another)`,
];

/** An address that a browser on this machine reaches. */
const shownHost = (host: string): string => (["0.0.0.0", "::", "127.0.0.1", "::1"].includes(host) ? "localhost" : host);
