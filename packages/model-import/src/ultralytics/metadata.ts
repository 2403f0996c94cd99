import type { UltralyticsManifest } from "./manifest.ts";

/** The manifest as Ultralytics writes it into the metadata of its exports: Python literals. */
export function metadataOf(manifest: UltralyticsManifest): Readonly<Record<string, string>> {
  const { task, classes, input, stride, keypoints, licence, architecture, version, date } = manifest;
  return {
    ...(architecture && { description: architecture }),
    ...(date && { date }),
    ...(version && { version }),
    ...(licence && { license: licence }),
    stride: String(stride),
    task,
    batch: "1",
    imgsz: `[${input.height}, ${input.width}]`,
    names: `{${classes.map((name, index) => `${index}: ${quoted(name)}`).join(", ")}}`,
    channels: "3",
    ...(keypoints && { kpt_shape: `[${keypoints.count}, ${keypoints.values}]` }),
  };
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string): string {
  return `'${text.replace(/[\\'\n\r\t]/g, (character) => escapes[character] ?? "")}'`;
}
