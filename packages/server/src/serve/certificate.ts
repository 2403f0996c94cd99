import { X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { TlsFiles } from "./listen.ts";

/** Where a certificate of one's own is. */
export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate that is made here is for. */
export interface SelfSignedOptions {
  /** Where it is kept, so that browsers need to be told only once to trust it. */
  readonly folder: string;
  /** Further names and addresses of this machine. */
  readonly names: readonly string[];
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
/** Longer ones are refused by some browsers. */
const VALID_DAYS = 397;
const RENEWED_DAYS_BEFORE = 30;
const ALWAYS_NAMED = ["localhost", "127.0.0.1", "::1"];

/** @throws SensoriumError `config-invalid` when a file cannot be read, or the two do not belong together. */
export async function readCertificate({ cert, key }: CertificatePaths): Promise<TlsFiles> {
  const files = { cert: await read(cert, "certificate"), key: await read(key, "key") };
  try {
    createSecureContext(files);
    return files;
  } catch (cause) {
    const sentence = `the certificate ${cert} and the key ${key} cannot be used together: ${reasonOf(cause)}`;
    throw new SensoriumError("config-invalid", sentence, { cause });
  }
}

/** The certificate kept in a folder; a new one when there is none, it is about to run out, or lacks a name. */
export async function selfSignedCertificate({ folder, names, nowMs }: SelfSignedOptions): Promise<TlsFiles> {
  const paths = { cert: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
  const wanted = [...new Set([...ALWAYS_NAMED, ...names])];
  const kept = await readCertificate(paths).catch(() => null);
  if (kept && serves(new X509Certificate(kept.cert), wanted, nowMs)) return kept;
  const made = await make(wanted, nowMs);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(paths.key, made.key, { mode: 0o600 });
  await writeFile(paths.cert, made.cert);
  return made;
}

/** By which a user can tell that a browser shows this very certificate. */
export const fingerprintOf = ({ cert }: TlsFiles): string => new X509Certificate(cert).fingerprint256;

async function read(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new SensoriumError("config-invalid", `the ${what} ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function serves(certificate: X509Certificate, names: readonly string[], nowMs: number): boolean {
  const isNamed = (name: string) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name));
  const { validFromDate, validToDate } = certificate;
  const inTime = validFromDate.getTime() <= nowMs && nowMs + RENEWED_DAYS_BEFORE * DAY_MS < validToDate.getTime();
  return inTime && names.every((name) => isNamed(name) !== undefined);
}

async function make(names: readonly string[], nowMs: number): Promise<TlsFiles> {
  // Loaded on demand: it takes a quarter of a second.
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Sensorium",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + (VALID_DAYS - 1) * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name })),
      ),
    ],
  });
  const der = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(der, "PRIVATE KEY") };
}
