import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

const run = promisify(execFile);
const USER = "sensorium";

interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface Setup {
  /** The folder of PostgreSQL's programs. */
  readonly programs: string;
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  /** Whose processes they are, when it cannot be ours. */
  readonly account: Account | undefined;
}

/**
 * A private PostgreSQL on a loopback port, its files in a temporary folder. `kill` pulls the plug and `start` puts
 * it back: same address, same data. Everything is gone once it is disposed.
 */
export class PostgresServer implements AsyncDisposable {
  readonly #setup: Setup;
  #server: ChildProcess | undefined;
  readonly #killWithUs = (): void => void this.#server?.kill("SIGQUIT");

  private constructor(setup: Setup) {
    this.#setup = setup;
    process.on("exit", this.#killWithUs);
  }

  /** @throws Error with the line to run when PostgreSQL is not installed. */
  static async launch(): Promise<PostgresServer> {
    const programs = locate(PROGRAMS.postgresql);
    const account = process.getuid?.() === 0 ? unprivilegedAccount() : undefined;
    const folder = mkdtempSync(join(tmpdir(), "sensorium-postgres-"));
    const server = new PostgresServer({ programs, folder, account, port: await freePort(), password: randomUUID() });
    try {
      await server.#initialise();
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A database of its own, empty, as a `postgresql://` address with its password. */
  async createDatabase(): Promise<string> {
    const { programs, port, password } = this.#setup;
    const name = `test_${randomBytes(6).toString("hex")}`;
    const env = { ...process.env, PGPASSWORD: password };
    await run(join(programs, "createdb"), ["-h", "127.0.0.1", "-p", `${port}`, "-U", USER, name], { env });
    return `postgresql://${USER}:${password}@127.0.0.1:${port}/${name}`;
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const { programs, folder, port, account } = this.#setup;
    // No fsync: what a killed process wrote is safe with the kernel, only a power cut could lose it.
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories=", "fsync=off"];
    const args = ["-D", join(folder, "data"), ...settings.flatMap((setting) => ["-c", setting])];
    const server = spawn(join(programs, "postgres"), args, {
      ...account,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env.PATH, LC_ALL: "C" },
    });
    this.#server = server;
    await untilReady(server);
  }

  /** Ends it at once, as a crash would: connections break, and the next start recovers. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGQUIT");
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#killWithUs);
    await this.kill();
    rmSync(this.#setup.folder, { recursive: true, force: true });
  }

  async #initialise(): Promise<void> {
    const { programs, folder, password, account } = this.#setup;
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, password, { mode: 0o600 });
    for (const path of account ? [folder, passwordFile] : []) chownSync(path, account?.uid ?? 0, account?.gid ?? 0);
    const credentials = ["-U", USER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
    const args = ["-D", join(folder, "data"), "-E", "UTF8", "--locale=C", "--no-sync", ...credentials];
    await run(join(programs, "initdb"), args, { ...account, cwd: folder });
  }
}

/** PostgreSQL refuses to run as root. */
function unprivilegedAccount(): Account {
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const of = (name: string) => accounts.find(([user]) => user === name);
  const [, , uid, gid] = of("postgres") ?? of("nobody") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("no account to run PostgreSQL under: it refuses root");
  return { uid: Number(uid), gid: Number(gid) };
}

async function untilReady(server: ChildProcess): Promise<void> {
  let said = "";
  const ready = Promise.withResolvers<void>();
  server.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
    if (said.includes("ready to accept connections")) ready.resolve();
  });
  server.once("error", ready.reject);
  server.once("exit", (code) => ready.reject(new Error(`PostgreSQL ended with code ${code}:\n${said}`)));
  await ready.promise;
}
