import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { type Bundle, type InspectedBundle, inspectBundle, inspectFolder } from "../mpta/bundle.ts";
import { explainAsText } from "../mpta/explain.ts";
import { readPublicKey, type Trust } from "../mpta/integrity.ts";
import { explainAsMermaid } from "../mpta/mermaid.ts";
import { packBundle, readPrivateKey } from "../mpta/pack.ts";
import { lineOf, type Remark } from "../mpta/remark.ts";

type Flags = Readonly<Record<string, unknown>>;

/** Says all that is wrong or odd in a bundle; the exit code is 1 when it cannot be used. */
export async function validateBundle(path: string, flags: Flags): Promise<void> {
  const files = (flags.key ?? []) as readonly string[];
  const keys = await Promise.all(files.map(async (file) => readPublicKey(await readKey(file))));
  const inspected = await inspect(path, { keys, requireSignature: flags.requireSignature === true });
  if (flags.json === true) process.stdout.write(`${JSON.stringify(asJson(inspected))}\n`);
  else {
    say("warning", inspected.warnings, path);
    if (inspected.ok) process.stdout.write(`${summary(inspected.bundle, path)}\n`);
    else say("error", inspected.problems, path);
  }
  if (!inspected.ok) process.exitCode = 1;
}

/** Draws a bundle's pipeline. */
export async function explainBundle(path: string, flags: Flags): Promise<void> {
  const inspected = await inspect(path, {});
  if (!inspected.ok) throw new SensoriumError("bundle-invalid", linesOf(inspected.problems, path).join("\n"));
  const { pipeline } = inspected.bundle;
  process.stdout.write(flags.mermaid === true ? explainAsMermaid(pipeline) : explainAsText(pipeline));
}

/** Makes a bundle of a folder. */
export async function pack(folder: string, flags: Flags): Promise<void> {
  const { output, licence, sign } = flags as Readonly<Record<string, string | undefined>>;
  const out = output ?? `${resolve(folder)}.mpta`;
  const key = sign === undefined ? undefined : readPrivateKey(await readKey(sign));
  const bundle = await packBundle(folder, { out, licence, key });
  say("warning", bundle.warnings, out);
  const { size } = await stat(out);
  process.stdout.write(`${out}: ${size} bytes, SHA-256 ${bundle.digest}${bundle.signedBy ? ", signed" : ""}\n`);
}

/** Extracted files are only needed while they are looked at. */
async function inspect(path: string, trust: Trust): Promise<InspectedBundle> {
  const isFolder = await stat(path).then(
    (it) => it.isDirectory(),
    () => false,
  );
  if (isFolder) return inspectFolder(resolve(path));
  const cacheFolder = await mkdtemp(join(tmpdir(), "sensorium-mpta-"));
  try {
    return await inspectBundle(path, { ...trust, cacheFolder });
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

async function readKey(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SensoriumError("config-invalid", `the key ${file} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

const linesOf = (remarks: readonly Remark[], path: string): string[] =>
  remarks.map((remark) => lineOf(remark, basename(path)));

function say(kind: "error" | "warning", remarks: readonly Remark[], path: string): void {
  for (const line of linesOf(remarks, path)) process.stderr.write(`${kind}: ${line}\n`);
}

function summary({ models, signedBy, manifest, warnings }: Bundle, path: string): string {
  const facts = [
    counted(models.size, "model"),
    counted(warnings.length, "warning"),
    ...(manifest?.licence === undefined ? [] : [`licence ${manifest.licence}`]),
    ...(signedBy === undefined ? [] : [`signed by ${signedBy}`]),
  ];
  return `${basename(path)} can be used: ${facts.join(", ")}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function asJson(inspected: InspectedBundle): object {
  const { ok, warnings } = inspected;
  if (!ok) return { ok, problems: inspected.problems, warnings };
  const { digest, models, manifest, signedBy } = inspected.bundle;
  return { ok, digest, models: [...models.keys()], licence: manifest?.licence, signedBy, problems: [], warnings };
}
