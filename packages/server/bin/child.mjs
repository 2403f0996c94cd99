import { spawn } from "node:child_process";
import { constants } from "node:os";

/** One Ctrl-C can arrive twice: from the terminal, and from npm where its shell is replaced by the script. */
const ECHO_MS = 1000;

const WINDOWS = process.platform === "win32";

/**
 * Threads for calls that block: opening a live source, and each read from it, occupies one of them, and file access
 * waits behind. The four that Node starts with are too few.
 */
export function widenThreadPool() {
  process.env.UV_THREADPOOL_SIZE ??= "128";
}

/**
 * Runs a program until it ends, with this terminal as its own. SIGINT, SIGTERM and SIGHUP reach it once each time they
 * are meant.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options] an aborted `signal` asks it to end
 * @returns {Promise<number>} its exit code, 128 + the signal's number when a signal ended it
 */
export async function runChild(program, args, { signal: stop, ...options } = {}) {
  // A session of its own keeps the terminal's Ctrl-C from the child, so that it has ours alone.
  const child = spawn(program, args, { stdio: "inherit", detached: !WINDOWS, ...options });
  const stopForwarding = forwardSignals(child);
  const end = () => void child.kill();
  stop?.addEventListener("abort", end);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    stopForwarding();
    stop?.removeEventListener("abort", end);
  }
}

/** @param {import("node:child_process").ChildProcess} child */
function forwardSignals(child) {
  /** @type {Map<NodeJS.Signals, number>} */
  const last = new Map();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now();
    const echo = now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < ECHO_MS;
    last.set(signal, now);
    // Windows hands Ctrl-C to every process of the console, and its `kill` knows only the hard way.
    if (!echo && !WINDOWS) child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
