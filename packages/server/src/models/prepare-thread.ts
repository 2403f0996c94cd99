/** Prepares one model and ends, taking the memory that conversion needs with it. */
import { parentPort, workerData } from "node:worker_threads";
import { toWireError, type WireError } from "../flow/thread-error.ts";
import type { ModelOrigin } from "./catalogue.ts";
import { type PreparedModel, prepareModel } from "./prepare.ts";

export interface PrepareRequest {
  readonly origin: ModelOrigin;
  readonly cacheFolder: string;
}

export type PrepareAnswer = { readonly model: PreparedModel } | { readonly error: WireError };

const { origin, cacheFolder } = workerData as PrepareRequest;
const answer: PrepareAnswer = await prepareModel(origin, cacheFolder).then(
  (model) => ({ model }),
  (thrown: unknown) => ({ error: toWireError(thrown) }),
);
parentPort?.postMessage(answer);
