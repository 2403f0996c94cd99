import { type Command, InvalidArgumentError, Option } from "commander";
import { DEVICES } from "../models/device.ts";
import type { AddFlags } from "./models-add.ts";
import type { BenchFlags } from "./models-bench.ts";
import type { ModelsFlags } from "./models-folder.ts";

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

const atLeastOne = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is not a whole number above 0.");
  return value;
};

/** Adds `models list`, `show`, `add`, `pull`, `verify`, `bench` and `remove` to the command line. */
export function registerModels(program: Command): void {
  const models = program.command("models").description("look after models");
  addLooking(models);
  addChanging(models);
  command(models, "bench", "measure how fast a model is here, with one thread and more")
    .argument("<name|file>", "a model's name, or an .onnx or .pt file")
    .option("--threads <n>", "the most threads (one per core)", atLeastOne)
    .option("--seconds <n>", "how long for each number of threads (3)", atLeastOne)
    .addOption(new Option("--device <device>", "what it runs on (auto)").choices(DEVICES))
    .action(async (name: string, flags: BenchFlags) => {
      const { bench } = await import("./models-bench.ts");
      await bench(name, flags);
    });
}

function addLooking(models: Command): void {
  command(models, "list", "the models that can be used by name, and those that can be fetched").action(
    async (flags: ModelsFlags) => {
      const { list } = await import("./models-commands.ts");
      list(flags);
    },
  );
  command(models, "show", "everything that is known of a model that was added")
    .argument("<name>", "its name")
    .action(async (name: string, flags: ModelsFlags) => {
      const { show } = await import("./models-commands.ts");
      show(name, flags);
    });
  command(models, "verify", "check that what was added is unchanged and gives what it gave")
    .argument("[name]", "one model; all of them when absent")
    .action(async (name: string | undefined, flags: ModelsFlags) => {
      const { verify } = await import("./models-commands.ts");
      await verify(name, flags);
    });
}

function addChanging(models: Command): void {
  command(models, "add", "try a model in a process of its own, and keep it under a name")
    .argument("<file|address>", "an .onnx or .pt file, or its https:// address")
    .option("--name <name>", "what it is called (as its file)")
    .option("--licence <licence>", "its licence, where it does not say it itself")
    .option("--manifest <file>", "a JSON file with what is known better than the model's file tells")
    .option("--picture <file>", "a picture on which it is run now and by verify")
    .option(
      "--calibrate <folder>",
      "typical pictures: keep a detector in 8-bit integers if it is faster here and agrees with itself",
    )
    .option("--sha256 <sum>", "the checksum its file must have")
    .option(
      "--allow-host <host>",
      "a further host to fetch from; http://host without encryption; may be repeated",
      collect,
    )
    .action(async (from: string, flags: AddFlags) => {
      const { add } = await import("./models-add.ts");
      await add(from, flags);
    });
  command(models, "pull", "fetch a well-known model from where it is published")
    .argument("<name>", "its name in the list")
    .action(async (name: string, flags: ModelsFlags) => {
      const { pull } = await import("./models-add.ts");
      await pull(name, flags);
    });
  command(models, "remove", "remove a model that was added")
    .argument("<name>", "its name")
    .action(async (name: string, flags: ModelsFlags) => {
      const { remove } = await import("./models-commands.ts");
      await remove(name, flags);
    });
}

function command(models: Command, name: string, description: string): Command {
  return models
    .command(name)
    .description(description)
    .option("--home <folder>", "where models are kept (.sensorium)")
    .option("--json", "print the result as JSON");
}
