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
let lost = false;

port.on("message", (message: ToCapture) => {
  switch (message.type) {
    case "open":
      open(message);
      break;
    case "release":
      sessions.get(message.session)?.release(message.slot);
      break;
    case "attend":
      sessions.get(message.session)?.attend(message.at);
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
      // Once the port is closed nothing can be said any more, so every session tells its end before.
      void closeSessions().then(() => port.close());
      break;
  }
});

// A thread that goes while node-av reads in it takes the whole process along: whatever happens, reading ends first.
process.on("uncaughtException", (error) => {
  if (lost) return;
  lost = true;
  void closeSessions().then(() => {
    process.removeAllListeners("uncaughtException");
    throw error;
  });
});

async function closeSessions(): Promise<void> {
  for (const session of sessions.values()) session.close();
  await Promise.all(running);
}

function encode({ session: id, call, request }: Extract<ToCapture, { type: "encode" }>): void {
  const session = sessions.get(id);
  if (session) session.encode(call, request);
  else send({ session: id, type: "encoded", call, jpeg: null });
}

function open({ session: id, request }: Extract<ToCapture, { type: "open" }>): void {
  const session = new Session(codec, request, (report, transfer) => send({ session: id, ...report }, transfer));
  sessions.set(id, session);
  const run = session.run().finally(() => {
    sessions.delete(id);
    running.delete(run);
  });
  running.add(run);
}

/** A lost thread is silent: its captures have failed, not ended. */
function send(message: FromCapture, transfer: ArrayBuffer[] = []): void {
  if (!lost) port.postMessage(message, transfer);
}
