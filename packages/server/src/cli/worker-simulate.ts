import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { detectorWorker } from "@sensorium/protocol/wire";
import { z } from "zod";
import { systemClock } from "../flow/supervise.ts";
import { type FromWorker, WorkerClient } from "./worker-client.ts";
import { Displays } from "./worker-displays.ts";

/** What a simulated backend wants; subscriptions go out as they stand, good or bad. */
const BackendFile = z.object({
  subscriptions: z.array(z.looseObject({})),
  /** The session of each display. */
  sessions: z.record(z.string(), detectorWorker.SessionId).default({}),
});
type BackendFile = z.infer<typeof BackendFile>;

/** What is asked of the simulation besides the address. */
export interface SimulateFlags {
  readonly list: string;
  readonly token?: string;
  readonly once?: boolean;
}

const RECONNECT_MS = 2_000;
const LOOK_MS = 500;

/** Is a worker's backend until it is interrupted: sends what the file says, again when it changes, prints what comes. */
export async function simulateBackend(url: string, { list, token, once = false }: SimulateFlags): Promise<void> {
  const file = readList(list);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  const backend = new SimulatedBackend({ list, file });
  while (!stop.signal.aborted) {
    try {
      await using client = await WorkerClient.connect(url, { token });
      await backend.talk(client, stop.signal);
    } catch (thrown) {
      if (once) throw thrown;
      say({ problem: reasonOf(thrown) });
    }
    if (once) return;
    await systemClock.sleep(RECONNECT_MS, stop.signal);
  }
}

/** What is kept over the connections to a worker. */
class SimulatedBackend {
  readonly #list: string;
  #file: BackendFile;
  readonly #displays = new Displays();

  constructor({ list, file }: { readonly list: string; readonly file: BackendFile }) {
    this.#list = list;
    this.#file = file;
  }

  /** Until the connection is over. */
  async talk(client: WorkerClient, signal: AbortSignal): Promise<void> {
    this.#send(client);
    const onChange = (): void => this.#reread(client);
    watchFile(this.#list, { interval: LOOK_MS }, onChange);
    try {
      for await (const received of client.messages(signal)) this.#receive(received, client);
    } finally {
      unwatchFile(this.#list, onChange);
    }
  }

  #send(client: WorkerClient): void {
    const { subscriptions, sessions } = this.#file;
    client.send(JSON.stringify({ type: "setSubscriptionList", subscriptions }));
    for (const [displayIdentifier, sessionId] of Object.entries(sessions)) {
      this.#displays.begin(displayIdentifier, sessionId);
      client.send({ type: "setSessionId", payload: { displayIdentifier, sessionId } });
    }
  }

  #reread(client: WorkerClient): void {
    try {
      this.#file = readList(this.#list);
      if (client.isOpen) this.#send(client);
    } catch (thrown) {
      say({ problem: reasonOf(thrown) });
    }
  }

  #receive(received: FromWorker, client: WorkerClient): void {
    if (!received.ok) {
      say({ problem: `not a message of a worker: ${received.problem}`, text: received.text });
      return;
    }
    const { message } = received;
    say(message);
    if (message.type !== "patchSession") return;
    const result = this.#displays.patch(message);
    client.send(result);
    const display = Object.keys(this.#file.sessions).find(
      (name) => this.#displays.get(name)?.sessionId === message.sessionId,
    );
    say({ sent: result, display, data: display === undefined ? undefined : this.#displays.get(display) });
  }
}

/** Results are for programs, too: one JSON object to a line. */
function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** @throws SensoriumError "config-invalid" when the file is no list. */
function readList(path: string): BackendFile {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return BackendFile.parse(Array.isArray(value) ? { subscriptions: value } : value);
  } catch (cause) {
    const why = "it holds {subscriptions: […], sessions?: {display: id}}, or the array of subscriptions alone";
    throw new SensoriumError("config-invalid", `${path} cannot be used: ${reasonOf(cause)}; ${why}`, { cause });
  }
}
