import type { CameraDirectory } from "../../pipeline/camera-view.ts";
import type { RefusedAction } from "../../storage/actions.ts";

/** What is true of the log and of who follows it; handed in, because serving does not know the store. */
export interface StoreStatus {
  readonly queued: number;
  readonly refused: number;
  readonly lastOffset: number;
  readonly sinks: readonly { readonly name: string; readonly state: string; readonly lag: number }[];
}

/** No log, and nobody who follows one. */
export const noStore: StoreStatus = { queued: 0, refused: 0, lastOffset: 0, sinks: [] };

/** What is true of the actions of bundles, and of each sink they go to. */
export interface ActionsStatus {
  readonly lost: number;
  readonly sinks: readonly {
    readonly name: string;
    readonly waiting: number;
    /** By what became of them. */
    readonly totals: Readonly<Record<"delivered" | "refused" | "gaveUp" | "expired" | "retries", number>>;
  }[];
}

/** Nobody has given anything to do. */
export const noActions: ActionsStatus = { lost: 0, sinks: [] };

/** What the detector worker has done since the start, and what it has under way. */
export interface WorkerStatus {
  readonly frames: number;
  readonly results: number;
  readonly modelRuns: Readonly<Record<string, number>>;
  readonly lookouts: number;
  readonly subscriptions: number;
}

/** What the threads that run models hold and have to do, now. */
export interface InferenceStatus {
  /** Models, each in every thread. */
  readonly loaded: number;
  /** Pictures and crops that wait for a thread. */
  readonly waiting: number;
  /** Threads that are there to work. */
  readonly alive: number;
}

/** Where to look for all of it. */
export interface OperationsOptions {
  readonly cameras: CameraDirectory;
  readonly store: () => StoreStatus;
  readonly actions: () => ActionsStatus;
  /** The newest that their sinks will never take; absent where nothing is kept of them. */
  readonly refusedActions?: ((limit: number) => Promise<readonly RefusedAction[]>) | undefined;
  /** Absent where no models run. */
  readonly inference?: InferenceStatus | undefined;
  /** Absent where there is no worker. */
  readonly worker?: (() => WorkerStatus) | undefined;
}
