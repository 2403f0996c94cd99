import { closeSync, openSync, writeSync } from "node:fs";
import { serveClock } from "../../serve/clock.ts";
import { Recording } from "./recording.ts";
import type { Judged } from "./rule.ts";
import { runConformance } from "./run.ts";
import { lineOf, summaryOf, typesTable } from "./table.ts";

/** What is asked of the suite besides the address. */
export interface ConformanceFlags {
  readonly token?: string;
  readonly apiKey?: string;
  readonly expiringToken?: string;
  readonly environment?: string;
  readonly record?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** Runs the streaming API's rules against a server and prints what it keeps; the exit code is 1 when one is broken. */
export async function conformance(url: string, flags: ConformanceFlags): Promise<void> {
  const { token = process.env.SENSORIUM_TOKEN, quick = false, json = false, record, ...more } = flags;
  const file = record === undefined ? undefined : openSync(record, "w");
  // The clock's timers do not keep the process alive, and between two connections there is nothing else.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const recording = new Recording(file === undefined ? undefined : (line) => writeSync(file, line));
    const target = { url, token, quick, ...more };
    const onJudged = (judged: Judged): void => void (json || process.stdout.write(`${lineOf(judged)}\n`));
    const { judged, types } = await runConformance(target, { clock: serveClock, recording, onJudged });
    const conforms = judged.every(({ verdict }) => verdict.kind !== "failed");
    if (json) process.stdout.write(`${JSON.stringify({ url, conforms, rules: judged, types })}\n`);
    else process.stdout.write(`\n${typesTable(types)}\n\n${summaryOf(judged, types)}\n`);
    if (!conforms) process.exitCode = 1;
  } finally {
    clearInterval(alive);
    if (file !== undefined) closeSync(file);
  }
}
