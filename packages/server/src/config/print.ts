import type { ConfigFile, ConfigPath } from "@sensorium/protocol/config";
import { isMap, isScalar, type Node, visit, type YAMLMap } from "yaml";
import { valueAt } from "./layers.ts";
import type { ConfigText, Resolved } from "./resolve.ts";
import { hasPlaceholder, withoutSecrets } from "./secrets.ts";
import { blockDocument, written } from "./yaml-write.ts";

type Complete = Extract<Resolved, { ok: true }>;

/**
 * The configuration as a file that says everything, each value with where it comes from. Secrets are left out, names of
 * variables that hold them stay.
 */
export function printConfig(resolved: Complete, file: ConfigText | undefined): string {
  const document = blockDocument(completed(resolved.settings));
  annotate(document.contents, [], (path, node) => {
    hideSecrets(node, (part) => shown(resolved, [...path, ...part]));
    node.comment = ` ${originText(resolved, path, file)}`;
  });
  return written(document);
}

/** What cameras take from the defaults, written out. */
function completed({ cameras = {}, ...file }: ConfigFile): ConfigFile {
  const { environment, classes, tracker, pose, densePose, reid, motionGate, decode, lines, traffic } = file.defaults;
  const inherited = {
    environment,
    model: file.models.default,
    classes,
    tracker,
    ...(pose !== undefined && { pose }),
    ...(densePose !== undefined && { densePose }),
    ...(reid !== undefined && { reid }),
    motionGate,
    decode,
    lines,
  };
  const complete = Object.entries(cameras).map(([id, camera]) => {
    const { name = id, source, enabled, ...rest } = camera;
    const all = { ...inherited, ...rest, traffic: { ...traffic, ...camera.traffic } };
    return [id, { name, source, enabled, ...all }] as const;
  });
  return { ...file, cameras: Object.fromEntries(complete) };
}

/** Calls `visitValue` for everything that is no section. */
function annotate(node: Node | null, path: ConfigPath, visitValue: (path: ConfigPath, node: Node) => void): void {
  if (!isMap(node)) {
    if (node) visitValue(path, node);
    return;
  }
  for (const { key, value } of (node as YAMLMap<Node, Node>).items) {
    annotate(value, [...path, isScalar(key) ? String(key.value) : ""], visitValue);
  }
}

function hideSecrets(node: Node, textAt: (path: ConfigPath) => string | undefined): void {
  visit(node, {
    Scalar: (key, scalar) => {
      if (typeof scalar.value !== "string") return;
      scalar.value = withoutSecrets(textAt(typeof key === "number" ? [String(key)] : []) ?? scalar.value);
    },
  });
}

/** A text of the file as it stands there, when variables are named in it. */
function shown({ layers, yaml }: Complete, path: ConfigPath): string | undefined {
  if (layers.originOf(path).kind !== "file") return undefined;
  const text = valueAt(yaml?.value, path);
  return typeof text === "string" && hasPlaceholder(text) ? text : undefined;
}

function originText(resolved: Complete, path: ConfigPath, file: ConfigText | undefined): string {
  const { layers, yaml } = resolved;
  const origin = layers.originOf(path);
  if (origin.kind === "override" && valueAt(layers.value, path) !== undefined) return origin.override.name;
  if (origin.kind === "file") return `${file?.path}:${yaml?.placeOf(path, "key").line}`;
  const [section, , ...rest] = path;
  if (section !== "cameras" || rest.length === 0) return "default";
  return originText(resolved, rest[0] === "model" ? ["models", "default"] : ["defaults", ...rest], file);
}
