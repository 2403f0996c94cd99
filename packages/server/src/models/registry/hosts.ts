import { isIP } from "node:net";
import { SensoriumError } from "@sensorium/protocol";

/**
 * Where published models lie, and where these places send those who fetch one. `*.` stands for any name before it, `*`
 * for every host.
 */
export const MODEL_HOSTS: readonly string[] = ["github.com", "*.githubusercontent.com", "huggingface.co", "*.hf.co"];

const SCHEME = /^http:\/\//;

/** From where files may be fetched, and by which flag or setting that is said. */
export interface HostRule {
  readonly hosts: readonly string[];
  readonly setting: string;
}

/**
 * Says whether models may be fetched from there: from a host of the list, encrypted unless the list has it as
 * `http://host`.
 * @throws SensoriumError "config-invalid" naming the host.
 */
export function checkHost({ protocol, hostname }: URL, { hosts: allowed, setting }: HostRule): void {
  const names = (entry: string): boolean => matches(hostname, entry.replace(SCHEME, ""));
  if (protocol !== "http:" && protocol !== "https:") {
    throw refusal(`models are fetched over https, not ${protocol.slice(0, -1)}`);
  }
  if (!allowed.some(names)) {
    throw refusal(`models are not fetched from ${hostname}: ${setting} ${hostname} allows it`);
  }
  if (protocol === "http:" && !allowed.some((entry) => SCHEME.test(entry) && names(entry))) {
    const why = `models are not fetched from ${hostname} without encryption`;
    throw refusal(`${why}: use https, or allow it with ${setting} http://${hostname}`);
  }
}

/** The list for an address that a user has named: this machine itself may be asked, but nobody may send us there. */
export function hostsFor({ hostname }: URL, allowed: readonly string[]): readonly string[] {
  return isThisMachine(hostname) ? [...allowed, `http://${hostname}`] : allowed;
}

function isThisMachine(hostname: string): boolean {
  if (hostname === "localhost" || hostname === "[::1]") return true;
  return isIP(hostname) === 4 && hostname.startsWith("127.");
}

const matches = (hostname: string, name: string): boolean =>
  name === "*" || (name.startsWith("*.") ? hostname.endsWith(name.slice(1)) : hostname === name);

const refusal = (why: string): SensoriumError => new SensoriumError("config-invalid", why);
