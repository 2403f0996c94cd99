/** The capture thread: hosts the sessions of several sources. It ends by itself once told to shut down. */
import { parentPort } from "node:worker_threads";
import { createNodeAvCodec } from "../codec/node-av/codec.ts";
import type { FromCapture, SessionReport, TapRequest, ToCapture } from "./messages.ts";
import { Session } from "./session.ts";
import { Tap } from "./tap.ts";

if (!parentPort) throw new Error("the capture thread is started by the capture pool");
const port = parentPort;
const codec = createNodeAvCodec();
/** A reader of a source, and the source. */
interface Reader {
  readonly session: Session;
  readonly tap: Tap;
}

/** By the number the main thread gave each. */
const readers = new Map<number, Reader>();
const running = new Map<Session, Promise<void>>();
let lost = false;

port.on("message", (message: ToCapture) => {
  if (message.type === "open") open(message);
  else if (message.type === "join") join(message);
  // Once the port is closed nothing can be said any more, so every session tells its end before.
  else if (message.type === "shutdown") void closeSessions().then(() => port.close());
  else {
    const reader = readers.get(message.session);
    if (reader) pass(message, reader);
    else if ("call" in message) send({ session: message.session, ...noAnswer(message) });
  }
});

type ReaderMessage = Exclude<ToCapture, { type: "open" | "join" | "shutdown" }>;

function pass(message: ReaderMessage, { session, tap }: Reader): void {
  switch (message.type) {
    case "release":
      tap.release(message.slot);
      break;
    case "attend":
      tap.attend(message.at);
      break;
    case "watch":
      session.watch(tap, message.maxFps);
      break;
    case "encode":
      session.encode(tap, message.call, message.request);
      break;
    case "crop":
      tap.crop(message.call, message.request);
      break;
    case "jpeg":
      tap.jpeg(message.call, message.request);
      break;
    case "close":
      session.leave(tap);
      break;
  }
}

/** To somebody whose source has ended. */
const noAnswer = ({ type, call }: Extract<ReaderMessage, { call: number }>): SessionReport =>
  type === "crop" ? { type: "refused", call } : { type: "encoded", call, jpeg: null };

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
  for (const session of running.keys()) session.close();
  await Promise.all(running.values());
}

function open({ session: id, request, tap: wanted }: Extract<ToCapture, { type: "open" }>): void {
  const tap = newTap(id, wanted);
  const session = new Session(codec, request, tap);
  readers.set(id, { session, tap });
  running.set(
    session,
    session.run().finally(() => running.delete(session)),
  );
}

function join({ session: id, of, tap: wanted }: Extract<ToCapture, { type: "join" }>): void {
  const session = readers.get(of)?.session;
  const tap = newTap(id, wanted);
  if (session) {
    readers.set(id, { session, tap });
    session.join(tap);
  } else tap.refuse();
}

function newTap(id: number, wanted: TapRequest): Tap {
  return new Tap(codec, wanted, (report, transfer) => {
    send({ session: id, ...report }, transfer);
    if (report.type === "ended" || report.type === "failed") forget(id);
  });
}

/** Nobody can ask for parts of its frames any more. */
function forget(id: number): void {
  readers.get(id)?.tap[Symbol.dispose]();
  readers.delete(id);
}

/** A lost thread is silent: its captures have failed, not ended. */
function send(message: FromCapture, transfer: ArrayBuffer[] = []): void {
  if (!lost) port.postMessage(message, transfer);
}
