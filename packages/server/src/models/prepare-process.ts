/** Prepares one model and ends, taking with it the memory that it needed and whatever the model has done to it. */
import { answerErrand } from "./apart-watchdog.ts";
import type { ModelOrigin } from "./origin.ts";
import { prepareModel } from "./prepare.ts";

/** What is asked of the process. */
export interface PrepareRequest {
  readonly origin: ModelOrigin;
  readonly cacheFolder: string;
}

await answerErrand((request) => {
  const { origin, cacheFolder } = request as PrepareRequest;
  return prepareModel(origin, cacheFolder);
});
