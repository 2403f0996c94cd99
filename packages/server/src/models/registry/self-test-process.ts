/** Runs one model on some pictures and ends. */
import { SensoriumError, type Size } from "@sensorium/protocol";
import { createNodeAvCodec } from "../../codec/node-av/codec.ts";
import { answerErrand } from "../apart-watchdog.ts";
import type { OutputDigest } from "../output-digest.ts";
import type { PreparedModel } from "../prepared.ts";
import { tryModel } from "../trial.ts";

/** What is asked of the process. */
export interface SelfTestRequest {
  readonly prepared: PreparedModel;
  readonly pictures: readonly (string | null)[];
}

const TIMEOUT_MS = 10_000;

await answerErrand(async (request) => {
  const { prepared, pictures } = request as SelfTestRequest;
  const digests: OutputDigest[][] = [];
  for (const path of pictures) {
    const pixels = path === null ? undefined : await planesOf(path, prepared.manifest.input);
    digests.push(await tryModel({ ...prepared, ...(pixels && { picture: pixels }) }));
  }
  return digests;
});

/** A picture's planes G, B, R, stretched to a size. */
async function planesOf(path: string, size: Size): Promise<Uint8Array> {
  const codec = createNodeAvCodec();
  const label = "the test picture";
  const address = { url: path, label, live: false, decode: "software", timeoutMs: TIMEOUT_MS } as const;
  await using input = await codec.open(address, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    onWarning: () => undefined,
  });
  using scaler = codec.createScaler();
  for await (const picture of input.pictures()) {
    using decoded = picture;
    const planes = new Uint8Array(3 * size.width * size.height);
    scaler.writePlanarRgb(decoded, size, planes);
    return planes;
  }
  throw new SensoriumError("source-invalid", `${label} cannot be decoded`);
}
