import type { Command } from "commander";

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Adds the commands on bundles. */
export function registerMpta(program: Command): void {
  const mpta = program.command("mpta").description("look at and make bundles of models (.mpta)");
  mpta
    .command("validate")
    .description("say whether a bundle can be used, and all that is wrong or odd in it")
    .argument("<bundle>", "a .mpta file, or the folder of one")
    .option("--key <file>", "a public key whose signatures count; may be repeated", collect)
    .option("--require-signature", "refuse a bundle without a good signature")
    .option("--json", "print the result as JSON")
    .action(async (bundle: string, options: Record<string, unknown>) => {
      const { validateBundle } = await import("./mpta-commands.ts");
      await validateBundle(bundle, options);
    });
  mpta
    .command("explain")
    .description("draw a bundle's pipeline: what runs when, and what comes of it")
    .argument("<bundle>", "a .mpta file, or the folder of one")
    .option("--mermaid", "as a Mermaid flowchart")
    .action(async (bundle: string, options: Record<string, unknown>) => {
      const { explainBundle } = await import("./mpta-commands.ts");
      await explainBundle(bundle, options);
    });
  mpta
    .command("pack")
    .description("make a bundle of a folder, with checksums and perhaps a signature")
    .argument("<folder>", "a folder with a pipeline.json and its models")
    .option("--output <file>", "the bundle to write (the folder's name with .mpta)")
    .option("--licence <name>", "the licence of what is in it")
    .option("--sign <file>", "a private Ed25519 key, as PEM")
    .action(async (folder: string, options: Record<string, unknown>) => {
      const { pack } = await import("./mpta-commands.ts");
      await pack(folder, options);
    });
}
