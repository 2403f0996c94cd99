/** The capture thread: hosts the sessions of several sources. It ends by itself once told to shut down. */
import { parentPort } from "node:worker_threads";
import { createNodeAvCodec } from "../codec/node-av/codec.ts";
import type { FromCapture, ToCapture } from "./messages.ts";
import { Session } from "./session.ts";

if (!parentPort) throw new Error("the capture thread is started by the capture pool");
const port = parentPort;
const codec = createNodeAvCodec();
const sessions = new Map<number, Session>();
const running = new Set<Promise<void>>();

port.on("message", (message: ToCapture) => {
  switch (message.type) {
    case "open":
      open(message);
      break;
    case "release":
      sessions.get(message.session)?.release(message.slot);
      break;
    case "watch":
      sessions.get(message.session)?.watch(message.maxFps);
      break;
    case "encode":
      encode(message);
      break;
    case "close":
      sessions.get(message.session)?.close();
      break;
    case "shutdown":
      void shutdown();
      break;
  }
});

/** Once the port is closed nothing can be said any more, so every session tells its end before. */
async function shutdown(): Promise<void> {
  for (const session of sessions.values()) session.close();
  await Promise.all(running);
  port.close();
}

function encode({ session: id, call, request }: Extract<ToCapture, { type: "encode" }>): void {
  const session = sessions.get(id);
  if (session) session.encode(call, request);
  else port.postMessage({ session: id, type: "encoded", call, jpeg: null } satisfies FromCapture);
}

function open({ session: id, request }: Extract<ToCapture, { type: "open" }>): void {
  const session = new Session(codec, request, (report, transfer = []) => {
    port.postMessage({ session: id, ...report } satisfies FromCapture, transfer);
  });
  sessions.set(id, session);
  const run = session.run().finally(() => {
    sessions.delete(id);
    running.delete(run);
  });
  running.add(run);
}
