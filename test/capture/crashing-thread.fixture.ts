/** A capture thread like any other, but for one source that it does not survive. */
import { parentPort } from "node:worker_threads";
import type { ToCapture } from "../../packages/server/src/capture/messages.ts";
import "../../packages/server/src/capture/thread.ts";

parentPort?.on("message", (message: ToCapture) => {
  if (message.type !== "open") return;
  const { source } = message.request;
  if (source.kind === "simulated" && source.seed === 666) throw new Error("out of luck");
});
