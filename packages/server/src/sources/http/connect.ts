import { once } from "node:events";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSecurely, type TLSSocket } from "node:tls";
import { Deadline } from "./deadline.ts";
import { connectionFailure, failure } from "./failure.ts";

export interface ConnectOptions {
  /** For messages: the address without credentials. */
  readonly label: string;
  /** How long connecting may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The SHA-256 fingerprint of the only certificate that is trusted, in small digits; "any" trusts every one. */
  readonly certificate: string | undefined;
}

/**
 * A connection to a server that is who it should be: nothing has been sent on it but the handshake.
 * Fails with a source error.
 */
export async function connect({ protocol, hostname, port }: URL, options: ConnectOptions): Promise<Socket> {
  const { label, timeoutMs, signal } = options;
  const secure = protocol === "https:";
  const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (secure ? 443 : 80)) };
  const socket = secure ? openSecurely(address) : connectPlain(address);
  // Whoever waits for it hears of it; nobody need be waiting when a connection breaks.
  socket.on("error", () => undefined);
  const late = failure("source-timeout", `${label} cannot be reached: no connection within ${timeoutMs / 1000} s`);
  using _deadline = new Deadline(timeoutMs, () => socket.destroy(late));
  try {
    await once(socket, secure ? "secureConnect" : "connect", { signal });
    if (secure) refuseStranger(socket as TLSSocket, options);
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw connectionFailure(thrown, label);
  }
}

/** Whom it reached is looked at before anything is said, so that the reason can name the certificate. */
function openSecurely(address: { readonly host: string; readonly port: number }): TLSSocket {
  const servername = isIP(address.host) ? "" : address.host;
  return connectSecurely({ ...address, servername, ALPNProtocols: ["http/1.1"], rejectUnauthorized: false });
}

function refuseStranger(socket: TLSSocket, { certificate, label }: ConnectOptions): void {
  if (certificate === "any") return;
  const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? "not shown";
  if (certificate === undefined ? socket.authorized : certificate === shown.replaceAll(":", "").toLowerCase()) return;
  const what = certificate === undefined ? "a certificate that is not trusted" : "another certificate than it should";
  throw failure("source-refused", `${label} has ${what}; its fingerprint is ${shown}`);
}
