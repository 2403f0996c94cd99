import { type ChildProcess, fork } from "node:child_process";
import { SensoriumError } from "@sensorium/protocol";
import { fromWireError, type WireError } from "../flow/thread-error.ts";
import { OVER_MEMORY, type Watched } from "./apart-watchdog.ts";

/** What a process of its own may take. */
export interface Limits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
}

/** Enough for the largest models that make sense on a camera's pictures. */
export const LIMITS: Limits = { timeoutMs: 120_000, memoryBytes: 4 * 2 ** 30 };

/** What the process sends, once. */
export type Answer<T> = { readonly value: T } | { readonly error: WireError };

/** What is to be done apart from this process. */
export interface Errand {
  /** A module that calls `answerErrand`. */
  readonly script: URL;
  readonly request: unknown;
  /** What is done, to begin the sentence about its failure with: "the model x.onnx". */
  readonly subject: string;
  /** The one folder that the process may write to; none when absent. */
  readonly folder?: string;
  readonly limits?: Limits;
}

/** How much of what the process says last is kept. */
const LAST_WORDS = 2000;

/**
 * Runs a script in a process of its own, which may crash, hang or grow without harm to this one.
 * @throws SensoriumError the error that it answers with, or "model-invalid" saying how it ended.
 */
export async function runApart<T>({ script, request, subject, folder, limits = LIMITS }: Errand): Promise<T> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = fork(script, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    execArgv: execArgv(folder),
    env,
  });
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limits.timeoutMs);
  try {
    child.send({ request, memoryBytes: limits.memoryBytes } satisfies Watched, () => undefined);
    const ended = await outcome<T>(child);
    const { answer } = ended;
    if (answer && "value" in answer) return answer.value;
    if (answer) throw fromWireError(answer.error);
    const seconds = `${limits.timeoutMs / 1000} s`;
    const how = late ? `is not ready within ${seconds}: it was stopped` : howItEnded(ended, limits);
    throw new SensoriumError("model-invalid", `${subject} ${how}`, { cause: new Error(ended.lastWords) });
  } finally {
    clearTimeout(deadline);
  }
}

/** It may write nowhere else, whatever a file makes the converters do. Native code is held by the limits alone. */
function execArgv(folder: string | undefined): string[] {
  const allowed = ["--allow-fs-read=*", "--allow-addons", "--allow-worker"];
  if (folder !== undefined) allowed.push(`--allow-fs-write=${folder}`);
  return ["--no-warnings", "--permission", ...allowed];
}

interface Outcome<T> {
  readonly answer: Answer<T> | undefined;
  readonly ending: NodeJS.Signals | number;
  readonly lastWords: string;
}

function outcome<T>(child: ChildProcess): Promise<Outcome<T>> {
  let answer: Answer<T> | undefined;
  let lastWords = "";
  child.once("message", (message) => {
    answer = message as Answer<T>;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ answer, ending: signal ?? code ?? 0, lastWords }));
  });
}

function howItEnded({ ending, lastWords }: Outcome<unknown>, { memoryBytes }: Limits): string {
  if (lastWords.includes(OVER_MEMORY)) {
    return `needs more than ${(memoryBytes / 2 ** 30).toFixed(1)} GB of memory: it was stopped`;
  }
  return typeof ending === "string"
    ? `crashes the runtime when it is first run (${ending})`
    : `ends its process when it is first run (exit code ${ending})`;
}
