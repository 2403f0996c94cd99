import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates } from "node:tls";

let path: string | undefined;

/** A file with the certificate authorities that Node trusts, for FFmpeg, which brings none. Gone with the thread. */
export function authoritiesFile(): string {
  if (path !== undefined) return path;
  const folder = mkdtempSync(join(tmpdir(), "sensorium-authorities-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  path = join(folder, "authorities.pem");
  writeFileSync(path, getCACertificates("default").join("\n"));
  return path;
}
