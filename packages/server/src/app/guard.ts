import { hostname } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { AuditTrail } from "../serve/auth/audit.ts";
import { Auth, type TokenRule } from "../serve/auth/auth.ts";
import { readCertificate, selfSignedCertificate } from "../serve/certificate.ts";
import { serveClock } from "../serve/clock.ts";
import type { TlsFiles } from "../serve/listen.ts";
import type { Store } from "../storage/store.ts";
import type { Opening } from "./opening.ts";

/** Who may connect, how, and where it is written down. */
export interface Guard {
  readonly auth: Auth;
  readonly trail: AuditTrail;
  /** Undefined where nothing is encrypted. */
  readonly tls: TlsFiles | undefined;
}

/** @throws SensoriumError when the certificate or what signs tokens cannot be used. */
export async function openGuard({ config, log }: Opening, store: Store): Promise<Guard> {
  const { jwks, roles } = config.auth;
  const issuer = jwks && { ...jwks, roles };
  const auth = await Auth.open({ records: store.access, trustProxy: config.server.trustProxy, issuer, log });
  const trail = new AuditTrail(store.audit, { clock: serveClock, log });
  return { auth, trail, tls: await certificateOf(config) };
}

/** Of a protocol that knows no authentication; undefined asks those who come from elsewhere. */
export const tokensBy = (rule: "token" | "none" | undefined, { auth }: Guard): TokenRule =>
  rule === "none" ? "never" : { auth, onLoopback: rule === "token" };

async function certificateOf({ server: { tls, hosts }, stateFolder }: Config): Promise<TlsFiles | undefined> {
  if (tls === undefined) return undefined;
  if (tls !== "self-signed") return readCertificate({ cert: tls.certificate, key: tls.key });
  const folder = join(stateFolder, "tls");
  return selfSignedCertificate({ folder, names: [hostname(), ...hosts], nowMs: Date.now() });
}
