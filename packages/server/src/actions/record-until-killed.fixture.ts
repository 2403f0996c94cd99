/**
 * Records visits in the node's log in a folder, so many a second, each with its webhook, and prints the session of each
 * and the milliseconds that it took once it is promised. `process.argv[2]` is a {@link RecorderSetup} as JSON.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../flow/supervise.ts";
import { openNode, valuesOf, visit, webhook } from "./actions.fixture.ts";
import type { Connections } from "./address.ts";

export interface RecorderSetup {
  readonly folder: string;
  readonly connections: Connections;
  readonly webhookUrl: string;
  readonly perSecond: number;
}

const { folder, connections, webhookUrl, perSecond }: RecorderSetup = JSON.parse(process.argv[2] ?? "");
const node = await openNode(folder);
const begun = performance.now();
for (let i = 0; ; i++) {
  const values = valuesOf();
  const due = [...visit(values), webhook(values, webhookUrl, { message: "{session_id}" })];
  const from = performance.now();
  await node.actions.record(due, { connections, dueMs: Date.now() });
  writeSync(1, `${values.session_id} ${(performance.now() - from).toFixed(1)}\n`);
  const pause = begun + (1000 * (i + 1)) / perSecond - performance.now();
  if (pause > 0) await systemClock.sleep(pause, new AbortController().signal);
}
