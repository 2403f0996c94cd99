/** The thread that owns the database: opens it, answers calls one by one, feeds the sinks, and goes when asked to. */
import { on } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { toWireError } from "../flow/thread-error.ts";
import { accessRecords } from "./access.ts";
import { openActionRecords } from "./action-table.ts";
import { auditRecords } from "./audit.ts";
import { historyRecords } from "./history-records.ts";
import { interrupted } from "./interrupted.ts";
import { EventLog } from "./log.ts";
import type { Answers, Call, CallName, FromWorker, OutputOf, SinkState, ToWorker, WorkerInit } from "./messages.ts";
import { PoseLog } from "./pose-log.ts";
import { counts, crossings, traffic } from "./queries.ts";
import { prune } from "./retention.ts";
import type { SiteDatabase, SiteDatabaseOptions } from "./site-database.ts";
import { openLocal } from "./sqlite.ts";

async function serve(port: MessagePort, { folder, databaseUrl }: WorkerInit): Promise<void> {
  const say = (message: FromWorker): void => port.postMessage(message);
  await using local = await openLocal(folder);
  const log = await EventLog.open(local.db);
  const poses = await PoseLog.open(local.db, log.epoch);
  let delivered = databaseUrl ? 0 : Number.MAX_SAFE_INTEGER;
  const onState = (sink: SinkState): void => {
    delivered = sink.offset;
    say({ kind: "sink", sink });
  };
  await using site = databaseUrl ? await startSite(databaseUrl, { log, poses, onState }) : null;
  const history = historyRecords(local.db, poses);
  const answers: Answers = {
    append: async (events) => {
      const offsets = await log.append(events);
      site?.wake();
      return offsets;
    },
    read: (query) => log.read(query),
    counts: (since) => counts(local.db, since),
    crossings: (query) => crossings(local.db, query),
    traffic: (since) => traffic(local.db, since),
    prune: (query) => prune(local.db, { ...query, delivered }),
    ...accessRecords(local.db),
    ...auditRecords(local.db),
    ...(await openActionRecords(local.db)),
    ...history,
    addPoses: async (rows) => {
      await history.addPoses(rows);
      site?.wake();
    },
  };
  const requests = on(port, "message");
  const { epoch, lastOffset } = log;
  say({ kind: "ready", epoch, lastOffset, interrupted: await interrupted(local.db, epoch) });
  for await (const [message] of requests) {
    const request: ToWorker = message;
    if (request.kind === "close") return;
    say(await answer(answers, request));
  }
}

/** Loaded on demand: the driver costs memory that a node without PostgreSQL need not spend. */
async function startSite(databaseUrl: string, options: SiteDatabaseOptions): Promise<SiteDatabase> {
  const site = await import("./site-database.ts");
  return new site.SiteDatabase(databaseUrl, options);
}

async function answer(answers: Answers, call: Call): Promise<FromWorker> {
  try {
    return { kind: "answer", id: call.id, output: await dispatch(answers, call) };
  } catch (thrown) {
    return { kind: "failure", id: call.id, error: toWireError(thrown) };
  }
}

function dispatch<K extends CallName>(answers: Answers, call: Call<K>): Promise<OutputOf<K>> {
  return answers[call.kind](call.input);
}

if (!parentPort) throw new Error("this file runs as a worker thread");
try {
  await serve(parentPort, workerData);
} catch (thrown) {
  parentPort.postMessage({ kind: "refused", error: toWireError(thrown) } satisfies FromWorker);
} finally {
  parentPort.close();
}
