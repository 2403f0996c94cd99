/** The inference thread: owns its sessions and answers one call after the other. It ends by itself when told to. */
import { parentPort, workerData } from "node:worker_threads";
import { SensoriumError } from "@sensorium/protocol";
import { toWireError } from "../../flow/thread-error.ts";
import type { FromInference, Reply, ThreadData, ToInference } from "./messages.ts";
import { ModelSession } from "./session.ts";

if (!parentPort) throw new Error("the inference thread is started by the inference pool");
const port = parentPort;
const { executionProviders } = workerData as ThreadData;
const sessions = new Map<string, ModelSession>();
let last: Promise<void> = Promise.resolve();

port.on("message", (message: ToInference) => {
  last = last.then(() => handle(message));
});

async function handle(message: ToInference): Promise<void> {
  if (message.type === "shutdown") {
    // Ending a thread inside the runtime aborts the process: sessions go first, then the thread by itself.
    await Promise.allSettled(Array.from(sessions.values(), (session) => session.release()));
    port.close();
    return;
  }
  const { call } = message;
  try {
    post({ call, reply: await answer(message) });
  } catch (thrown) {
    post({ call, error: toWireError(thrown) });
  }
}

async function answer(message: Exclude<ToInference, { type: "shutdown" }>): Promise<Reply> {
  switch (message.type) {
    case "load": {
      const { model } = message;
      if (!sessions.has(model.key)) sessions.set(model.key, await ModelSession.open(model, executionProviders));
      return { type: "loaded" };
    }
    case "unload": {
      const session = sessions.get(message.key);
      sessions.delete(message.key);
      await session?.release();
      return { type: "unloaded" };
    }
    case "run": {
      const session = sessions.get(message.request.key);
      if (!session) throw new SensoriumError("internal", "a model was asked that is not loaded");
      return { type: "answer", answer: await session.run(message.request) };
    }
  }
}

function post(message: FromInference): void {
  port.postMessage(message); // a few boxes or a vector are cheaper copied than transferred
}
