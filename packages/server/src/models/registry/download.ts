import { SensoriumError } from "@sensorium/protocol";
import { type Clock, systemClock } from "../../flow/supervise.ts";
import { redactUrl } from "../../sources/address.ts";
import { hashFiles } from "../prepared.ts";
import { hostsFor, MODEL_HOSTS } from "./hosts.ts";
import { PartialFile } from "./partial-file.ts";
import { type Transfer, transfer } from "./transfer.ts";

const TRIES = 8;
const HOSTS_FLAG = "--allow-host";
const FIRST_PAUSE_MS = 500;

/** How a file is fetched. */
export interface DownloadOptions {
  /** Where it is kept until it is complete. */
  readonly folder: string;
  /** In hexadecimal; what has another sum is refused. */
  readonly sha256?: string | undefined;
  /** Hosts to fetch from, as `checkHost` reads them. */
  readonly hosts?: readonly string[];
  /** By what the list of hosts is set, for messages; the flag when absent. */
  readonly hostsSetting?: string;
  /** Attempts before it fails; 8 when absent. */
  readonly tries?: number;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: Transfer["onProgress"];
  readonly clock?: Clock;
}

/** A complete file. Disposing it removes it. */
export interface Downloaded extends AsyncDisposable {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Fetches a file: goes on where an earlier call, of whatever process, broke off, and tries again when the connection
 * breaks. Messages hold no credentials of the address.
 * @throws SensoriumError what `transfer` throws, and "model-invalid" when the checksum is another one.
 */
export async function download(address: string, options: DownloadOptions): Promise<Downloaded> {
  const { folder, sha256, clock = systemClock, signal = new AbortController().signal } = options;
  const { url, authorization } = openedAddress(address);
  const hosts = hostsFor(url, options.hosts ?? MODEL_HOSTS);
  const allowed = { hosts, setting: options.hostsSetting ?? HOSTS_FLAG };
  await using unfinished = new AsyncDisposableStack();
  const part = unfinished.use(await PartialFile.claim(folder, url.href));
  const attempt: Transfer = {
    ...{ url, authorization, allowed, signal, checked: sha256 !== undefined },
    maxBytes: options.maxBytes ?? 2 ** 31,
    timeoutMs: options.timeoutMs ?? 30_000,
    onProgress: options.onProgress ?? (() => undefined),
  };
  try {
    await persist(part, { attempt, clock, most: options.tries ?? TRIES });
    const sum = await hashFiles([part.path]);
    if (sha256 !== undefined && sum !== sha256.toLowerCase()) throw wrongChecksum(url, { sum, sha256 });
    part.discard();
    const complete = unfinished.move();
    return { path: part.path, sha256: sum, [Symbol.asyncDispose]: () => complete.disposeAsync() };
  } catch (thrown) {
    // Of a file that is wrong nothing is of use, and a full disk needs the room.
    if (!isPassing(thrown)) part.discard();
    throw thrown;
  }
}

/** Tries again while it helps. */
async function persist(
  part: PartialFile,
  { attempt, clock, most }: { readonly attempt: Transfer; readonly clock: Clock; readonly most: number },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await transfer(part, attempt);
    } catch (thrown) {
      if (tries >= most || !isPassing(thrown) || attempt.signal.aborted) throw thrown;
      await clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1), attempt.signal);
    }
  }
}

const isPassing = (thrown: unknown): boolean =>
  thrown instanceof SensoriumError && ["source-unreachable", "source-timeout"].includes(thrown.code);

/** @throws SensoriumError "config-invalid" when the text is no address. */
function openedAddress(address: string): Pick<Transfer, "url" | "authorization"> {
  const url = URL.parse(address);
  if (!url?.hostname) throw new SensoriumError("config-invalid", "the address of the model cannot be read");
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url, authorization: undefined };
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { url, authorization: `Basic ${credentials.toString("base64")}` };
}

function wrongChecksum(url: URL, { sum, sha256 }: { readonly sum: string; readonly sha256: string }): SensoriumError {
  const why = `its SHA-256 is ${sum}, and ${sha256.toLowerCase()} was expected`;
  return new SensoriumError("model-invalid", `${redactUrl(url.href)} is not the file that it should be: ${why}`);
}
