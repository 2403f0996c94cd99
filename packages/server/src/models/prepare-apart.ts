import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { fromWireError } from "../flow/thread-error.ts";
import type { ModelOrigin } from "./catalogue.ts";
import type { PreparedModel } from "./prepare.ts";
import type { PrepareAnswer, PrepareRequest } from "./prepare-thread.ts";

/** `prepareModel` in a thread of its own: it neither blocks the caller nor leaves its garbage behind. */
export async function prepareApart(origin: ModelOrigin, cacheFolder: string): Promise<PreparedModel> {
  const workerData: PrepareRequest = { origin, cacheFolder };
  const worker = new Worker(new URL("./prepare-thread.ts", import.meta.url), { name: "prepare", workerData });
  const exited = once(worker, "exit").catch(() => undefined);
  const [answer] = (await once(worker, "message").catch((thrown: unknown) => {
    throw new SensoriumError("model-invalid", `the model ${origin.name} could not be prepared: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  })) as [PrepareAnswer];
  await exited;
  if ("error" in answer) throw fromWireError(answer.error);
  return answer.model;
}
