import { join } from "node:path";
import { reasonOf } from "@sensorium/protocol";
import { difference } from "../output-digest.ts";
import { prepareApart } from "../prepare-apart.ts";
import { hashFiles } from "../prepared.ts";
import { findRegistered, type RegisteredModel } from "./records.ts";
import { runSelfTests } from "./self-test.ts";

/** Whether a model is still what was added: `problem` is null, or a sentence. */
export interface Verdict {
  readonly name: string;
  readonly problem: string | null;
}

/** Computes the checksums of a model that was added again, and runs its self-tests. Changes nothing. */
export async function verifyModel(models: string, name: string): Promise<Verdict> {
  try {
    const registered = findRegistered(models, name);
    const problem = registered ? await problemOf(models, registered) : `no model was added under the name ${name}`;
    return { name, problem };
  } catch (thrown) {
    return { name, problem: reasonOf(thrown) };
  }
}

async function problemOf(models: string, { folder, record, origin }: RegisteredModel): Promise<string | null> {
  for (const [file, expected] of Object.entries(record.sha256)) {
    const sum = await hashFiles([join(folder, file)]).catch(() => null);
    if (sum === null) return `its file ${file} is missing`;
    if (sum !== expected) return `its file ${file} was changed: its SHA-256 is ${sum}, and ${expected} was added`;
  }
  const prepared = await prepareApart(origin, models);
  const pictures = record.selfTests.map(({ picture }) => (picture === null ? null : join(folder, picture)));
  const digests = await runSelfTests({ prepared, pictures, folder: models });
  for (const [index, { picture, expected }] of record.selfTests.entries()) {
    const found = difference(expected, digests[index] ?? []);
    if (found) return `it gives something else on ${picture ?? "the test pattern"} than when it was added: ${found}`;
  }
  return null;
}
