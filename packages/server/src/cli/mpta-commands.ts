import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { Bundle, InspectedBundle } from "../mpta/bundle.ts";
import { explainAsText } from "../mpta/explain.ts";
import { readPublicKey } from "../mpta/integrity.ts";
import { explainAsMermaid } from "../mpta/mermaid.ts";
import { packBundle, readPrivateKey } from "../mpta/pack.ts";
import { runSelfTest } from "../mpta/run/self-test.ts";
import { type RunningFlags, say, usable, withInspected, withLoaded } from "./mpta-bundle.ts";

type Flags = Readonly<Record<string, unknown>>;

/** Says all that is wrong or odd in a bundle, and runs its self-test; the exit code is 1 when it cannot be used. */
export async function validateBundle(path: string, flags: Flags): Promise<void> {
  const files = (flags.key ?? []) as readonly string[];
  const keys = await Promise.all(files.map(async (file) => readPublicKey(await readKey(file))));
  const trust = { keys, requireSignature: flags.requireSignature === true };
  const inspected = await withInspected(path, trust, (each) => tested(each, flags));
  if (flags.json === true) process.stdout.write(`${JSON.stringify(asJson(inspected))}\n`);
  else {
    say("warning", inspected.warnings, path);
    if (inspected.ok) process.stdout.write(`${summary(inspected.bundle, path)}\n`);
    else say("error", inspected.problems, path);
  }
  if (!inspected.ok) process.exitCode = 1;
}

/** The bundle with what its self-test says of it, where it has one. */
async function tested(inspected: InspectedBundle, flags: RunningFlags): Promise<InspectedBundle> {
  if (!inspected.ok || !inspected.bundle.manifest?.selfTest) return inspected;
  const { bundle } = inspected;
  return await withLoaded(bundle, flags, async ({ loaded, captures }) => {
    const problems = await runSelfTest(bundle, { loaded, captures });
    const warnings = [...inspected.warnings, ...loaded.warnings];
    if (problems.length > 0) return { ok: false, problems, warnings };
    return { ok: true, bundle: { ...bundle, warnings }, warnings };
  });
}

/** Draws a bundle's pipeline. */
export async function explainBundle(path: string, flags: Flags): Promise<void> {
  const { pipeline } = await withInspected(path, {}, async (inspected) => usable(inspected, path));
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

async function readKey(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SensoriumError("config-invalid", `the key ${file} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function summary({ models, signedBy, manifest, warnings }: Bundle, path: string): string {
  const facts = [
    counted(models.size, "model"),
    counted(warnings.length, "warning"),
    ...(manifest?.licence === undefined ? [] : [`licence ${manifest.licence}`]),
    ...(signedBy === undefined ? [] : [`signed by ${signedBy}`]),
    ...(manifest?.selfTest === undefined ? [] : ["self-test passed"]),
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
