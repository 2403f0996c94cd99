import type { InferenceSession } from "onnxruntime-node";

/** How sessions are opened, wherever a model is run: one thread each, and only errors are logged. */
export function sessionOptions(executionProviders: readonly string[] = ["cpu"]): InferenceSession.SessionOptions {
  return {
    executionProviders: [...executionProviders],
    // One thread each: threads of one session slow each other down, sessions in threads of their own do not.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // One block for all intermediate results would save no time here and cost 40 MB a session (CenterNet).
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
}
