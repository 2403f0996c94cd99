import { App } from "../app.ts";
import { type Config, loadConfig } from "../config/config.ts";
import { openLog } from "../observe/log.ts";
import { describeSource } from "../sources/source.ts";
import { settingsOf } from "./settings.ts";

/** Runs the server until it is interrupted. */
export async function serve(sources: readonly string[], flags: Readonly<Record<string, unknown>>): Promise<void> {
  const config = loadConfig(sources, settingsOf(flags));
  const log = openLog(config.logLevel);
  const interrupted = interruption();
  await using app = await App.open(config, log);
  announce(config, app);
  const failure = await Promise.race([interrupted, app.failed]);
  if (failure) throw failure;
  process.stderr.write("Stopping…\n");
}

/** Resolves when the server is asked to stop. The handlers stay: a second Ctrl+C must not cut the closing short. */
function interruption(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(undefined));
  });
}

function announce({ cameras }: Config, app: App): void {
  const model = app.cameras.list()[0]?.status().model;
  const lines = [
    "",
    `  Sensorium watches ${cameras.map(({ source }) => describeSource(source)).join(", ")}`,
    `  with the model ${model?.name} (${model?.provider})`,
    "",
    `  Page            http://localhost:${app.http.port}`,
    `  People counter  ws://localhost:${app.counter.port}`,
    "",
    "  Stop with Ctrl+C.",
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
