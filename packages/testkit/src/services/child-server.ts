import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";

export interface ChildServerOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What it prints, on either output, once it accepts connections. */
  readonly ready: string;
  /** Where its files are: it goes with the server. */
  readonly folder?: string;
  /** As whom, where and with what environment it runs; as we do when absent. */
  readonly process?: Pick<SpawnOptions, "uid" | "gid" | "cwd" | "env">;
  /** What ends it at once; SIGKILL when absent. */
  readonly killSignal?: NodeJS.Signals;
}

/** Resolves to the server once `start` is done; one that fails leaves nothing behind. */
export async function started<T extends AsyncDisposable>(server: T, start: () => Promise<void>): Promise<T> {
  await using held = new AsyncDisposableStack();
  held.use(server);
  await start();
  held.move();
  return server;
}

/** A server program as a process of ours, which can crash, hang and come back; it ends with us at the latest. */
export class ChildServer implements AsyncDisposable {
  readonly #options: ChildServerOptions;
  #server: ChildProcess | undefined;
  readonly #killWithUs = (): void => void this.#server?.kill(this.#killSignal);

  constructor(options: ChildServerOptions) {
    this.#options = options;
    process.on("exit", this.#killWithUs);
  }

  get #killSignal(): NodeJS.Signals {
    return this.#options.killSignal ?? "SIGKILL";
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const { name, command, args, ready } = this.#options;
    const server = spawn(command, args, { ...this.#options.process, stdio: ["ignore", "pipe", "pipe"] });
    this.#server = server;
    const up = Promise.withResolvers<void>();
    let said = "";
    for (const output of [server.stdout, server.stderr]) {
      output.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-4000);
        if (said.includes(ready)) up.resolve();
      });
    }
    server.once("error", up.reject);
    server.once("exit", (code) => up.reject(new Error(`${name} ended with code ${code}:\n${said}`)));
    await up.promise;
  }

  /** Ends it at once, as a crash would: connections break. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill(this.#killSignal);
    await gone;
  }

  /** It keeps its connections and answers nothing any more. */
  pause(): void {
    this.#server?.kill("SIGSTOP");
  }

  resume(): void {
    this.#server?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#killWithUs);
    await this.kill();
    const { folder } = this.#options;
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
