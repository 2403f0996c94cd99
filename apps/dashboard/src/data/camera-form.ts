import type { CameraSettings } from "./configuration.ts";

/** The fields that a camera is set up with. */
export const FIELDS = ["source", "name", "model", "classes", "tracker", "motionGate"] as const;
export type Field = (typeof FIELDS)[number];

/** What stands in the fields; an empty text leaves a setting to the defaults, an empty source as it is. */
export type CameraForm = Readonly<Record<Field, string>>;

/** What is wrong, by field, and what is wrong with none of them. */
export interface FormProblems {
  readonly fields: Partial<Record<Field, string>>;
  readonly general: string | null;
}

/** The form of a camera; of a new one without one. */
export function formOf(settings: CameraSettings = {}): CameraForm {
  const { name = "", model = "", classes = [], tracker = "", motionGate } = settings;
  const gate = motionGate === undefined ? "" : motionGate ? "on" : "off";
  return { source: "", name, model, classes: classes.join(", "), tracker, motionGate: gate };
}

/** The camera for the file: `settings` with what the form says, everything else as it was. */
export function settingsOf(form: CameraForm, settings: CameraSettings = {}): Readonly<Record<string, unknown>> {
  const classes = form.classes
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const said = {
    source: form.source.trim() || undefined,
    name: form.name.trim() || undefined,
    model: form.model.trim() || undefined,
    classes: classes.length > 0 ? classes : undefined,
    tracker: form.tracker || undefined,
    motionGate: form.motionGate === "" ? undefined : form.motionGate === "on",
  };
  const { source, name, model, classes: _, tracker, motionGate, ...kept } = settings;
  return Object.fromEntries(Object.entries({ ...said, ...kept }).filter(([, value]) => value !== undefined));
}

/** An id that is free, from what people call the camera, or else from its address. */
export function idFor({ name, source }: Pick<CameraForm, "name" | "source">, taken: Iterable<string>): string {
  const address = source
    .replace(/^[a-z+]+:\/*/i, "")
    .replace(/^[^/@]*@/, "")
    .replace(/[?#].*$/, "");
  const slug = (slugOf(name) || slugOf(address)).slice(0, 40).replace(/-$/, "") || "camera";
  const ids = new Set(taken);
  for (let number = 1; ; number++) {
    const id = number === 1 ? slug : `${slug}-${number}`;
    if (!ids.has(id)) return id;
  }
}

/** The server's sentences, each at the field it is about: `model: …` or `cameras.door.model: …`. */
export function problemsIn(sentence: string): FormProblems {
  const fields: Partial<Record<Field, string>> = {};
  const general: string[] = [];
  for (const line of sentence.split("\n")) {
    const [, path = "", words = ""] = /^([^\s:]+): (.*)$/.exec(line) ?? [];
    const parts = path.split(".");
    const field = FIELDS.find((each) => each === (parts[0] === "cameras" ? parts[2] : parts[0]));
    if (field) fields[field] = fields[field] ? `${fields[field]}\n${words}` : words;
    else general.push(line);
  }
  return { fields, general: general.length > 0 ? general.join("\n") : null };
}

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
