import { join, resolve } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { ENVIRONMENT } from "../config/config.ts";
import { addLoginLink, loginUrl } from "../serve/auth/login-link.ts";

/** Where the server is, as its own flags say it. */
export interface LoginLinkFlags {
  readonly home?: string;
  readonly port?: number;
  readonly tls?: boolean;
}

/** Prints a link that logs the admin in, once, within a quarter of an hour. The server may be running. */
export async function printLoginLink({ home, port, tls }: LoginLinkFlags): Promise<void> {
  const folder = resolve(home ?? variable("home") ?? ".sensorium");
  // The simulated room has users of its own; whichever of the two is running takes the link.
  const token = await addLoginLink([folder, join(folder, "simulated")], Date.now());
  if (token === null) {
    throw new SensoriumError("config-invalid", `no server has been started on ${folder} yet: it prints a link itself`);
  }
  const base = `${tls ? "https" : "http"}://localhost:${port ?? variable("port") ?? 8000}`;
  process.stdout.write(`${loginUrl(base, token)}\n`);
}

const variable = (setting: "home" | "port"): string | undefined => process.env[ENVIRONMENT[setting] ?? ""] || undefined;
