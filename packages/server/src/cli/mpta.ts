import { type Command, InvalidArgumentError } from "commander";
import type { BenchFlags } from "./mpta-bench.ts";
import type { RunFlags } from "./mpta-run.ts";

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is not a whole number from 1 on.");
  return value;
};

function withModels(command: Command): Command {
  return command
    .option("--threads <n>", "inference threads (one per core)", positive)
    .option("--home <folder>", "where prepared models are kept (.sensorium)");
}

/** Adds the commands on bundles. */
export function registerMpta(program: Command): void {
  const mpta = program.command("mpta").description("look at, run and make bundles of models (.mpta)");
  registerRunning(mpta);
  registerFiles(mpta);
}

function registerRunning(mpta: Command): void {
  withModels(mpta.command("run"))
    .description("run a bundle on a video, webcam or picture; a line of JSON per frame, and nothing is sent anywhere")
    .argument("<bundle>", "a .mpta file, or the folder of one")
    .argument("<source>", "a picture or video file, an rtsp:// or http(s):// address, webcam:0")
    .option("--output <file>", "an annotated .jpg, or video: .mp4, .mov, .mkv")
    .option("--per-frame", "a session and a record for every frame, as the original worker has it")
    .action(async (bundle: string, source: string, options: RunFlags) => {
      const { runBundle } = await import("./mpta-run.ts");
      await runBundle(bundle, source, options);
    });
  withModels(mpta.command("bench"))
    .description("measure a bundle: each model, its branches in turn and at once, and the whole pipeline")
    .argument("<bundle>", "a .mpta file, or the folder of one")
    .argument("[picture]", "what to measure it on (the picture of its self-test)")
    .option("--rounds <n>", "runs of each part (50)", positive)
    .option("--json", "print the result as JSON")
    .action(async (bundle: string, picture: string | undefined, options: BenchFlags) => {
      const { benchPipeline } = await import("./mpta-bench.ts");
      await benchPipeline(bundle, picture, options);
    });
}

function registerFiles(mpta: Command): void {
  withModels(mpta.command("validate"))
    .description("say whether a bundle can be used, and all that is wrong or odd in it; runs its self-test")
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
