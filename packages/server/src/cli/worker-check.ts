import { reasonOf } from "@sensorium/protocol";
import { type CheckContext, type Verdict, type WorkerCheck, workerChecks } from "./worker-checks.ts";
import { WorkerClient } from "./worker-client.ts";

/** What is asked of the check besides the address. */
export interface WorkerCheckFlags {
  readonly camera?: string;
  readonly model?: string;
  readonly token?: string;
  readonly json?: boolean;
}

interface Checked {
  readonly name: string;
  readonly optional: boolean;
  readonly verdict: Verdict;
}

/** Speaks the protocol to a worker and says what it does as it should; the exit code is 1 when something it must is not. */
export async function checkWorker(url: string, flags: WorkerCheckFlags): Promise<void> {
  const { camera, model, token, json = false } = flags;
  await using client = await WorkerClient.connect(url, { token });
  const context = { client, camera, model, token, origin: url.replace(/^ws/i, "http") };
  const checked: Checked[] = [];
  for (const check of workerChecks) {
    const { name, optional = false } = check;
    const result = { name, optional, verdict: await verdictOf(check, context) };
    checked.push(result);
    if (!json) process.stdout.write(`${lineOf(result)}\n`);
  }
  const missing = checked.filter(({ verdict, optional }) => verdict.kind === "failed" && !optional);
  if (json) process.stdout.write(`${JSON.stringify({ url, conforms: missing.length === 0, checks: checked })}\n`);
  else process.stdout.write(`${summaryOf(checked, missing.length)}\n`);
  if (missing.length > 0) process.exitCode = 1;
}

async function verdictOf(check: WorkerCheck, context: CheckContext): Promise<Verdict> {
  try {
    if (!context.client.isOpen) return { kind: "failed", why: "the connection is closed" };
    return await check.run(context);
  } catch (thrown) {
    return { kind: "failed", why: reasonOf(thrown) };
  }
}

function lineOf({ name, optional, verdict }: Checked): string {
  const word = { passed: "ok", failed: optional ? "differs" : "FAILED", skipped: "skipped" }[verdict.kind];
  const more = verdict.kind === "passed" ? verdict.note : verdict.why;
  return `${word.padEnd(8)} ${name}${more === undefined ? "" : ` (${more})`}`;
}

function summaryOf(checked: readonly Checked[], missing: number): string {
  const count = (kind: Verdict["kind"]): number => checked.filter(({ verdict }) => verdict.kind === kind).length;
  const facts = [`${count("passed")} of ${checked.length} checks passed`, `${count("skipped")} skipped`];
  const differing = count("failed") - missing;
  if (differing > 0) facts.push(`${differing} as the original worker does it`);
  return `${facts.join(", ")}: the worker ${missing === 0 ? "conforms" : "does not conform"}`;
}
