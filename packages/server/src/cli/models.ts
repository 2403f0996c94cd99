import { bundledModels, DEFAULT_MODEL } from "../models/catalogue.ts";

/** Prints the models that can be used by name. */
export function listModels(flags: Readonly<Record<string, unknown>>): void {
  const models = bundledModels().map(({ origin, task, licence, note }) => {
    return { name: origin.name, task, licence, default: origin.name === DEFAULT_MODEL, note };
  });
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(models)}\n`);
    return;
  }
  for (const model of models) {
    const name = model.default ? `${model.name} (default)` : model.name;
    process.stdout.write(`${name.padEnd(22)} ${model.task.padEnd(8)} ${model.licence.padEnd(8)} ${model.note}\n`);
  }
  process.stdout.write("Any other detector: --model <file.onnx>\n");
}
