/** What the main thread and the store's worker say to each other. */
import type { CrossingEvent, SensoriumEvent } from "@sensorium/protocol";
import type { WireError } from "../flow/thread-error.ts";
import type { AccessRecords } from "./access.ts";
import type { ActionRecords } from "./actions.ts";
import type { AuditRecords } from "./audit.ts";
import type { HistoryRecords } from "./history.ts";
import type { ReadAnswer, ReadQuery } from "./log.ts";
import type { CrossingsQuery, LineCounts, Since, Traffic } from "./queries.ts";
import type { PruneQuery } from "./retention.ts";

export interface WorkerInit {
  readonly folder: string;
  readonly databaseUrl: string | undefined;
}

type Records = AccessRecords & ActionRecords & AuditRecords & HistoryRecords;
type RecordInputs = { readonly [K in keyof Records]: Parameters<Records[K]>[0] };
type RecordOutputs = { readonly [K in keyof Records]: Awaited<ReturnType<Records[K]>> };

interface Inputs extends RecordInputs {
  readonly append: readonly SensoriumEvent[];
  readonly read: ReadQuery;
  readonly counts: Since;
  readonly crossings: CrossingsQuery;
  readonly traffic: Since;
  readonly prune: PruneQuery;
}

interface Outputs extends RecordOutputs {
  /** The offset of each event given. */
  readonly append: readonly number[];
  readonly read: ReadAnswer;
  readonly counts: readonly LineCounts[];
  readonly crossings: readonly CrossingEvent[];
  readonly traffic: Traffic;
  /** Whether there may be more to take out. */
  readonly prune: boolean;
}

export type CallName = keyof Inputs;
export type InputOf<K extends CallName> = Inputs[K];
export type OutputOf<K extends CallName> = Outputs[K];

/** What the worker answers. */
export type Answers = { readonly [K in CallName]: (input: Inputs[K]) => Promise<Outputs[K]> };

/** One call; its answer bears the same id. */
export type Call<K extends CallName = CallName> = {
  readonly [P in K]: { readonly kind: P; readonly id: number; readonly input: Inputs[P] };
}[K];

export type ToWorker = Call | { readonly kind: "close" };

export type FromWorker =
  | {
      readonly kind: "ready";
      readonly epoch: string;
      readonly lastOffset: number;
      readonly interrupted: readonly string[];
    }
  | { readonly kind: "refused"; readonly error: WireError }
  | { readonly kind: "answer"; readonly id: number; readonly output: Outputs[CallName] }
  | { readonly kind: "failure"; readonly id: number; readonly error: WireError }
  | { readonly kind: "sink"; readonly sink: SinkState };

/** How a consumer of the log is doing. */
export interface SinkState {
  readonly name: "postgresql";
  /** `down` is tried again by itself; `refused` needs somebody to act. */
  readonly state: "connecting" | "following" | "down" | "refused";
  /** Offset of the newest event it has; 0 until it has been reached once. */
  readonly offset: number;
  /** How many poses it lacked when it was last given some; null until it has been reached once. */
  readonly posesBehind: number | null;
  /** One clear sentence without credentials when it is down or refused. */
  readonly reason: string | null;
}
