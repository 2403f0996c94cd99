import { SensoriumError } from "@sensorium/protocol";

/** @throws SensoriumError `config-invalid`, without repeating the address: it holds a password. */
export function checkDatabaseUrl(databaseUrl: string): void {
  try {
    const { protocol, username, password } = new URL(databaseUrl);
    decodeURIComponent(username + password);
    if (protocol === "postgres:" || protocol === "postgresql:") return;
  } catch {} // the reason would quote the address
  throw new SensoriumError(
    "config-invalid",
    "DATABASE_URL has to look like postgresql://user:password@host:5432/database",
  );
}

/** Host, port and database: the part of an address that may be shown. */
export function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host || "localhost"}${pathname}`;
}

/** A foreign text that may quote the password, without it. */
export function withoutSecrets(text: string, databaseUrl: string): string {
  const { password, searchParams } = new URL(databaseUrl);
  const secrets = [password, decodeURIComponent(password), searchParams.get("password")];
  return secrets.reduce<string>((clean, secret) => (secret ? clean.replaceAll(secret, "***") : clean), text);
}
