import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { reasonOf } from "@sensorium/protocol";
import type { Log } from "../observe/log.ts";
import type { Admission } from "./auth/admissions.ts";
import { admit, type Entry, type Gate } from "./auth/gate.ts";
import type { Principal } from "./auth/principal.ts";
import { refuseUpgrade } from "./refuse.ts";

/** A WebSocket handshake that waits for its answer. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** What a handshake is let in by, and who hears that it was not. */
export interface UpgradeEntry extends Entry {
  readonly gate: Gate;
  readonly log: Log;
}

/** Somebody who has been let in. */
export interface Guest {
  readonly principal: Principal;
  /** To be called once the connection stands; says how long it may stay. */
  hold(): Admission;
}

/** The path of a request without its query, which may hold a token. */
export const pathOf = ({ url = "" }: IncomingMessage): string => url.split("?", 1)[0] ?? "";

/**
 * Lets `accept` go on with a handshake that may come in, and refuses any other with a status and a sentence.
 * Never rejects.
 */
export async function admitUpgrade(
  { request, socket }: Handshake,
  { gate, log, ...entry }: UpgradeEntry,
  accept: (guest: Guest) => void,
): Promise<void> {
  const hangUp = (): void => void socket.destroy();
  socket.on("error", hangUp);
  try {
    const answer = await admit(gate, request, entry);
    socket.off("error", hangUp);
    if (answer.ok) {
      const { principal } = answer;
      accept({ principal, hold: () => gate.hold(principal) });
      return;
    }
    const { status, sentence, reason } = answer.refusal;
    const { setting } = gate;
    const peer = gate.peerOf(request).address;
    const fields = { path: pathOf(request), peer, reason, ...(setting !== undefined && { setting }) };
    log.info(fields, "a client was refused");
    refuseUpgrade(socket, status, sentence);
  } catch (thrown) {
    log.error({ reason: reasonOf(thrown) }, "nobody can be let in");
    refuseUpgrade(socket, 503, "Something failed inside the server; its log says what");
  }
}
