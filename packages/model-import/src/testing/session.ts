import ort from "onnxruntime-node";

/** An array to feed, with its shape. */
export interface Feed {
  readonly data: Float32Array | Uint8Array | Int32Array;
  readonly dims: readonly number[];
}

/** An output of a run. */
export interface Fetched {
  readonly dims: readonly number[];
  readonly values: number[];
}

/** Runs an ONNX model once, on one thread, and returns its outputs by name. */
export async function runOnnx(
  model: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Readonly<Record<string, Fetched>>> {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const inputs = Object.entries(feeds).map(([name, { data, dims }]) => [name, new ort.Tensor(data, [...dims])]);
    const outputs: ort.InferenceSession.OnnxValueMapType = await session.run(Object.fromEntries(inputs));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, values: Array.from(data, Number) }]),
    );
  } finally {
    await session.release();
  }
}

/** The largest |a − b| / max(|a|, |b|, floor) over two equally long lists; Infinity when the lengths differ. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>, floor: number): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? Number.NaN;
    const y = b[i] ?? Number.NaN;
    const difference = x === y ? 0 : Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y), floor);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
