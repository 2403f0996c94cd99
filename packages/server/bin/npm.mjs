const LOOK_EVERY_MS = 500;

/**
 * Ends this process, as SIGTERM does, when npm is ended that started it. Between the two stands a shell which dies of
 * the signal without passing it on, and a server left behind would keep its ports.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_EVERY_MS);
  watch.unref();
}
