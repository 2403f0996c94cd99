import type { Command } from "commander";

/** Adds `config check`, `config print` and `config schema` to the command line. */
export function registerConfig(program: Command): void {
  const config = program.command("config").description("check and show the configuration");
  config
    .command("check")
    .description("say everything that is wrong with a configuration file")
    .argument("[file]", "the file (sensorium.yaml)")
    .action(async (file: string | undefined) => {
      const { checkConfig } = await import("./config-commands.ts");
      checkConfig(file);
    });
  config
    .command("print")
    .description("print the whole configuration with where each value comes from, without secrets")
    .option("--config <file>", "the configuration file (sensorium.yaml, where there is one)")
    .action(async (options: { readonly config?: string }) => {
      const { printEffective } = await import("./config-commands.ts");
      printEffective(options.config);
    });
  config
    .command("schema")
    .description("print the JSON Schema of the configuration file, for editors")
    .action(async () => {
      const { printSchema } = await import("./config-commands.ts");
      printSchema();
    });
}
