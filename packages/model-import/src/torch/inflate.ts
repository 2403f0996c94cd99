import { SensoriumError } from "@sensorium/protocol";
import { invalid } from "../onnx/wire.ts";

/**
 * Inflates raw deflate data of a known length. Throws `model-invalid` when it is damaged, shorter or longer; it stops
 * at the first byte too many.
 */
export async function inflate(
  stored: Uint8Array,
  { name, size }: { readonly name: string; readonly size: number },
): Promise<Uint8Array> {
  const content = new Uint8Array(size);
  const wrong = `The checkpoint is damaged: ${name} does not unpack to its ${size} bytes.`;
  // A copy, because a stream takes no view on shared memory.
  const reader = new Blob([new Uint8Array(stored)])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"))
    .getReader();
  try {
    let length = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (length + next.value.length > size) throw invalid(wrong);
      content.set(next.value, length);
      length += next.value.length;
    }
    if (length < size) throw invalid(wrong);
    return content;
  } catch (error) {
    // The stream may have failed by itself; either way nobody reads on.
    await reader.cancel().catch(() => undefined);
    throw error instanceof SensoriumError ? error : invalid(wrong, error);
  }
}
