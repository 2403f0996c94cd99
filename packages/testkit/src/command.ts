import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logIn } from "./login.ts";

const main = fileURLToPath(new URL("../../server/src/cli/main.ts", import.meta.url));

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end, as a user would. */
export async function sensorium(...args: readonly string[]): Promise<Output> {
  const child = start(args, {});
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, stdout: await stdout, stderr: await stderr };
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [main, ...args], { env: { ...process.env, UV_THREADPOOL_SIZE: "16", ...env } });
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "sensorium-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A server in a process of its own, on free ports. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly counterPort: number;
  /** By which clients of the page's port are let in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly process: ChildProcessWithoutNullStreams;
  readonly #errors: string[];

  private constructor(init: {
    process: ChildProcessWithoutNullStreams;
    port: number;
    counterPort: number;
    headers: Readonly<Record<string, string>>;
    errors: string[];
  }) {
    this.process = init.process;
    this.port = init.port;
    this.counterPort = init.counterPort;
    this.headers = init.headers;
    this.#errors = init.errors;
  }

  static async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const process = start(["serve", ...args, "--port", "0", "--counter-port", "0"], env);
    const errors: string[] = [];
    process.stderr.on("data", (chunk) => errors.push(String(chunk)));
    let printed = "";
    for await (const chunk of process.stdout) {
      printed += chunk;
      if (!printed.includes("Stop with")) continue;
      const [port, counterPort] = [/Page\s+\S+:(\d+)/, /People counter\s+\S+:(\d+)/].map((line) =>
        Number(line.exec(printed)?.[1]),
      );
      if (!port || !counterPort) break;
      process.stdout.resume();
      const url = `http://127.0.0.1:${port}`;
      const home = args.flatMap((arg, i) => (args[i - 1] === "--home" ? ["--home", arg] : []));
      const makeLink = async () => (await sensorium("login-link", ...home)).stdout;
      // Nothing here trusts a certificate that the server has made.
      const headers = printed.includes("https://") ? {} : await logIn({ url, printed, makeLink });
      return new ServerProcess({ process, port, counterPort, headers, errors });
    }
    throw new Error(`the server did not start: ${errors.join("")}`);
  }

  /** Everything it has said on standard error. */
  get log(): string {
    return this.#errors.join("");
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    this.process.kill(signal);
    const [code] = (await once(this.process, "exit")) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGTERM");
  }
}
