import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

const SCRIPT = fileURLToPath(new URL("./rtsp-server.py", import.meta.url));

/** MP4 files with H.264, by the names they are served under. */
export type Mounts = Readonly<Record<string, string>>;

/**
 * GStreamer's RTSP server on a loopback port. Every client gets a mount's file from its beginning, in real time.
 * `kill` and `restart` are a camera that loses its power, `pause` and `resume` one that hangs.
 */
export class RtspServer implements AsyncDisposable {
  readonly port: number;
  readonly #mounts: Mounts;
  #server: ChildProcess | undefined;
  readonly #killWithUs = (): void => void this.#server?.kill("SIGKILL");

  private constructor(mounts: Mounts, port: number) {
    this.#mounts = mounts;
    this.port = port;
    process.on("exit", this.#killWithUs);
  }

  /** @throws Error with the line to run when it is not installed. */
  static async launch(mounts: Mounts): Promise<RtspServer> {
    const server = new RtspServer(mounts, await freePort());
    await server.restart();
    return server;
  }

  /** The address of a mount, with `user:password` where it is given. */
  url(mount: string, credentials?: string): string {
    return `rtsp://${credentials ? `${credentials}@` : ""}127.0.0.1:${this.port}/${mount}`;
  }

  /** Starts it on the same port; resolves when it listens. */
  async restart(): Promise<void> {
    const mounts = Object.entries(this.#mounts).map(([name, path]) => `${name}=${path}`);
    const server = spawn(locate(PROGRAMS.rtspServer), [SCRIPT, String(this.port), ...mounts], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#server = server;
    await untilReady(server);
  }

  /** Ends it at once: connections break. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  }

  /** It keeps its connections and sends nothing any more. */
  pause(): void {
    this.#server?.kill("SIGSTOP");
  }

  resume(): void {
    this.#server?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#killWithUs);
    await this.kill();
  }
}

async function untilReady(server: ChildProcess): Promise<void> {
  let said = "";
  const ready = Promise.withResolvers<void>();
  server.stdout?.setEncoding("utf8").on("data", (text: string) => text.includes("ready") && ready.resolve());
  server.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
  });
  server.once("error", ready.reject);
  server.once("exit", (code) => ready.reject(new Error(`the RTSP server ended with code ${code}:\n${said}`)));
  await ready.promise;
}
