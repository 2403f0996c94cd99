import { SensoriumError } from "@sensorium/protocol";
import { loadConfig } from "../config/config.ts";
import { DEFAULT_MODEL } from "../models/catalogue.ts";
import { readCoco } from "./coco.ts";
import { type JudgedDetector, judgeDetector } from "./judge-detector.ts";
import { Progress } from "./progress.ts";
import { settingsOf } from "./settings.ts";

/**
 * Runs a detector on a folder of labelled pictures in COCO's arrangement and prints how good it is: average precision
 * over the classes, of those that `--class` names, and the model's time per picture. `--annotations` chooses among
 * several sets of boxes.
 */
export async function evalDetection(folder: string, flags: Readonly<Record<string, unknown>>): Promise<void> {
  const { json, annotations, class: wanted, ...settings } = flags;
  const { model = DEFAULT_MODEL, threads, modelCache: cacheFolder } = loadConfig([], settingsOf(settings));
  const set = await readCoco(folder, typeof annotations === "string" ? annotations : undefined);
  const names = Array.isArray(wanted) ? wanted.map(String) : [];
  const stranger = names.find((name) => !set.classes.includes(name));
  if (stranger !== undefined) throw new SensoriumError("config-invalid", `${folder} has no class "${stranger}"`);
  using progress = new Progress("judging", { total: set.pictures.length, unit: "pictures" });
  const judged = await judgeDetector(set, {
    model,
    threads,
    cacheFolder,
    onPicture: (done) => progress.reach(done),
  });
  progress[Symbol.dispose]();
  const report = { model, pictures: set.pictures.length, ...reportOf(judged, names) };
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : asText(report));
}

interface Report {
  readonly model: string;
  readonly pictures: number;
  readonly ap: number | null;
  readonly ap50: number | null;
  readonly inferenceMs: number;
  /** Null figures where the set holds no such object. */
  readonly classes: readonly {
    readonly name: string;
    readonly objects: number;
    readonly ap: number | null;
    readonly ap50: number | null;
  }[];
  readonly unknown: readonly string[];
}

function reportOf(
  { precision, classes, unknown, inferenceMs }: JudgedDetector,
  names: readonly string[],
): Omit<Report, "model" | "pictures"> {
  return {
    ap: shortened(precision.ap),
    ap50: shortened(precision.ap50),
    inferenceMs: Math.round(inferenceMs * 10) / 10,
    classes: names.map((name) => {
      const found = precision.classes.find(({ classIndex }) => classes[classIndex] === name);
      const { objects = 0, ap = null, ap50 = null } = found ?? {};
      return { name, objects, ap: shortened(ap), ap50: shortened(ap50) };
    }),
    unknown,
  };
}

const shortened = (value: number | null): number | null => value && Math.round(value * 10_000) / 10_000;

function asText({ model, pictures, ap, ap50, inferenceMs, classes, unknown }: Report): string {
  const width = Math.max(12, ...classes.map(({ name }) => name.length));
  const row = (name: string, one: number | null, other: number | null): string =>
    `${name.padEnd(width)} ${figure(one)} ${figure(other)}`;
  const lines = [
    `${model} on ${pictures} pictures, ${inferenceMs.toFixed(1)} ms each`,
    `${"".padEnd(width)} ${"AP".padStart(6)} ${"AP50".padStart(6)}`,
    row("all classes", ap, ap50),
    ...classes.map(
      ({ name, objects, ...each }) =>
        `${row(name, each.ap, each.ap50)}   ${objects} ${objects === 1 ? "object" : "objects"}`,
    ),
    ...(unknown.length > 0 ? [`left out, because the model does not know them: ${unknown.join(", ")}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const figure = (value: number | null): string => (value === null ? "–" : value.toFixed(3)).padStart(6);
