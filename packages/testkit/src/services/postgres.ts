import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chownSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ChildServer, started } from "./child-server.ts";
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
export class PostgresServer extends ChildServer {
  readonly #setup: Setup;

  private constructor(setup: Setup) {
    const { programs, folder, port, account } = setup;
    // No fsync: what a killed process wrote is safe with the kernel, only a power cut could lose it.
    const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories=", "fsync=off"];
    super({
      name: "PostgreSQL",
      command: join(programs, "postgres"),
      args: ["-D", join(folder, "data"), ...settings.flatMap((setting) => ["-c", setting])],
      ready: "ready to accept connections",
      folder,
      process: { ...account, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C" } },
      killSignal: "SIGQUIT", // SIGKILL would leave its children behind
    });
    this.#setup = setup;
  }

  /** @throws Error with the line to run when PostgreSQL is not installed. */
  static async launch(): Promise<PostgresServer> {
    const programs = locate(PROGRAMS.postgresql);
    const account = process.getuid?.() === 0 ? unprivilegedAccount() : undefined;
    const folder = mkdtempSync(join(tmpdir(), "sensorium-postgres-"));
    const server = new PostgresServer({ programs, folder, account, port: await freePort(), password: randomUUID() });
    return started(server, async () => {
      await server.#initialise();
      await server.start();
    });
  }

  /** A database of its own, empty, as a `postgresql://` address with its password. */
  async createDatabase(): Promise<string> {
    const { programs, port, password } = this.#setup;
    const name = `test_${randomBytes(6).toString("hex")}`;
    const env = { ...process.env, PGPASSWORD: password };
    await run(join(programs, "createdb"), ["-h", "127.0.0.1", "-p", `${port}`, "-U", USER, name], { env });
    return `postgresql://${USER}:${password}@127.0.0.1:${port}/${name}`;
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
