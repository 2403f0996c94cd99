/** Runs one model on some pictures and ends. */
import { answerErrand } from "../apart-watchdog.ts";
import type { OutputDigest } from "../output-digest.ts";
import type { PreparedModel } from "../prepared.ts";
import { tryModel } from "../trial.ts";
import { readPicture } from "./picture-file.ts";

/** What is asked of the process. */
export interface SelfTestRequest {
  readonly prepared: PreparedModel;
  readonly pictures: readonly (string | null)[];
}

await answerErrand(async (request) => {
  const { prepared, pictures } = request as SelfTestRequest;
  const digests: OutputDigest[][] = [];
  for (const path of pictures) {
    const { width, height } = prepared.manifest.input;
    const read = path === null ? undefined : await readPicture(path, { width, height, fit: "stretch" });
    digests.push(await tryModel({ ...prepared, ...(read && { picture: new Uint8Array(read.picture.buffer) }) }));
  }
  return digests;
});
