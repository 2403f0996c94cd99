import { SensoriumError } from "@sensorium/protocol";
import { configJsonSchema } from "@sensorium/protocol/config";
import { CONFIG_NAME, type ConfigText, findConfigFile, listOf, readConfigFile } from "../config/config.ts";
import { printConfig } from "../config/print.ts";
import { resolveConfig } from "../config/resolve.ts";

/** Says whether a configuration file can be used, or all that is wrong with it. */
export function checkConfig(named: string | undefined): void {
  const file = fileFor(named);
  if (!file) throw new SensoriumError("config-invalid", `there is no ${CONFIG_NAME} here: name the file to check`);
  const resolved = resolveConfig({ file });
  if (resolved.ok) {
    const { length } = resolved.config.cameras;
    process.stdout.write(`${file.path} can be used: ${length} camera${length === 1 ? "" : "s"}\n`);
  } else complain(resolved.problems);
}

/** Prints the configuration as it is in force here, without flags of other commands. */
export function printEffective(named: string | undefined): void {
  const file = fileFor(named);
  const resolved = resolveConfig({ file });
  if (resolved.ok) process.stdout.write(printConfig(resolved, file));
  else complain(resolved.problems);
}

/** Prints what editors complete and check the file with. */
export function printSchema(): void {
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}

function fileFor(named: string | undefined): ConfigText | undefined {
  const path = findConfigFile(named);
  return path === undefined ? undefined : readConfigFile(path);
}

/** Each line begins with its place, as editors and terminals understand it. */
function complain(problems: readonly { readonly line: string }[]): void {
  process.stderr.write(`${listOf(problems.map(({ line }) => line))}\n`);
  process.exitCode = 1;
}
