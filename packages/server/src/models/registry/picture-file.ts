import { SensoriumError, type Size } from "@sensorium/protocol";
import { fitPicture } from "../../capture/tap.ts";
import { createNodeAvCodec } from "../../codec/node-av/codec.ts";
import type { Picture, PictureFormat } from "../../flow/frame.ts";

const TIMEOUT_MS = 10_000;

/** A picture of a file, as a camera's would be given to a model. */
export interface ReadPicture {
  readonly picture: Picture;
  /** The size it has in its file. */
  readonly size: Size;
}

/**
 * Decodes and scales a picture's file.
 * @throws SensoriumError "source-invalid" when it cannot be read.
 */
export async function readPicture(path: string, format: PictureFormat): Promise<ReadPicture> {
  const codec = createNodeAvCodec();
  const label = "the test picture";
  const address = { url: path, label, live: false, decode: "software", timeoutMs: TIMEOUT_MS } as const;
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS), onWarning: () => undefined };
  await using input = await codec.open(address, options);
  using scaler = codec.createScaler();
  for await (const each of input.pictures()) {
    using decoded = each;
    const { width, height } = fitPicture(decoded.size, format);
    const buffer = new SharedArrayBuffer(3 * width * height);
    scaler.writePlanarRgb(decoded, { width, height }, new Uint8Array(buffer));
    return { picture: { buffer, offset: 0, width, height }, size: decoded.size };
  }
  throw new SensoriumError("source-invalid", `${label} cannot be decoded`);
}
