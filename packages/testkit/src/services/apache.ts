import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { started } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import { APACHE_MODULES, locate, PROGRAMS } from "./programs.ts";

const REALM = "camera";

export interface ApacheOptions {
  readonly user: string;
  readonly password: string;
  /** Contents by name; each is served under `/`, `/basic/` and `/digest/`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Seconds for which a nonce is good. */
  readonly nonceLifetime?: number;
}

/** Apache on a loopback port, its files in a temporary folder; everything is gone once it is disposed. */
export class ApacheServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #server: ChildProcess | undefined;
  readonly #killWithUs = (): void => void this.#server?.kill("SIGKILL");

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
    process.on("exit", this.#killWithUs);
  }

  /** @throws Error with the line to run when Apache is not installed. */
  static async launch(options: ApacheOptions): Promise<ApacheServer> {
    const program = locate(PROGRAMS.apache);
    const apache = new ApacheServer(mkdtempSync(join(tmpdir(), "sensorium-apache-")), await freePort());
    return started(apache, async () => {
      apache.#write(options);
      await apache.#start(program);
    });
  }

  /** The address of a file, with `user:password` where it is given. */
  url(path: string, credentials?: string): string {
    return `http://${credentials ? `${credentials}@` : ""}127.0.0.1:${this.port}${path}`;
  }

  #write({ user, password, files, nonceLifetime = 300 }: ApacheOptions): void {
    // As root it hands its requests to an account that may not look into a private folder.
    chmodSync(this.#folder, 0o755);
    const file = (path: string, content: string | Uint8Array): void => {
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      writeFileSync(join(this.#folder, path), content);
    };
    for (const [path, content] of Object.entries(files)) file(join("files", path), content);
    const sha1 = createHash("sha1").update(password).digest("base64");
    const md5 = createHash("md5").update(`${user}:${REALM}:${password}`).digest("hex");
    file("basic", `${user}:{SHA}${sha1}\n`);
    file("digest", `${user}:${REALM}:${md5}\n`);
    file("apache.conf", configuration({ folder: this.#folder, port: this.port, nonceLifetime }));
  }

  async #start(program: string): Promise<void> {
    const server = spawn(program, ["-f", join(this.#folder, "apache.conf"), "-DFOREGROUND"], {
      stdio: "ignore",
      env: { PATH: process.env.PATH, LC_ALL: "C" },
    });
    this.#server = server;
    if (await listens(server, this.port)) return;
    throw new Error(`Apache did not start:\n${readFileSync(join(this.#folder, "log"), "utf8")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#killWithUs);
    const server = this.#server;
    if (server && server.exitCode === null && server.signalCode === null) {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface Configuration {
  readonly folder: string;
  readonly port: number;
  readonly nonceLifetime: number;
}

function configuration({ folder, port, nonceLifetime }: Configuration): string {
  const guarded = (scheme: string, ...settings: readonly string[]): readonly string[] => [
    `Alias /${scheme.toLowerCase()}/ "${folder}/files/"`,
    `<Location /${scheme.toLowerCase()}/>`,
    `AuthType ${scheme}`,
    `AuthName "${REALM}"`,
    ...settings,
    "Require valid-user",
    "</Location>",
  ];
  return [
    ...APACHE_MODULES.map(({ name, path }) => `LoadModule ${name}_module "${path}"`),
    `Listen 127.0.0.1:${port}`,
    ...[`ServerName 127.0.0.1`, `ServerRoot "${folder}"`, `DocumentRoot "${folder}/files"`],
    ...[`DefaultRuntimeDir "${folder}"`, `PidFile "${folder}/pid"`, `ErrorLog "${folder}/log"`],
    // Ignored unless it is started by root; nobody and nogroup.
    ...["User #65534", "Group #65534"],
    ...["StartServers 1", "ThreadsPerChild 4", "MaxRequestWorkers 4", "MinSpareThreads 1", "MaxSpareThreads 4"],
    ...['<FilesMatch "[.]jpg$">', "ForceType image/jpeg", "</FilesMatch>"],
    ...guarded("Basic", "AuthBasicProvider file", `AuthUserFile "${folder}/basic"`),
    ...guarded(
      "Digest",
      "AuthDigestProvider file",
      `AuthUserFile "${folder}/digest"`,
      `AuthDigestNonceLifetime ${nonceLifetime}`,
    ),
    "",
  ].join("\n");
}

/** True once it accepts connections, false when it has ended before. */
async function listens(server: ChildProcess, port: number): Promise<boolean> {
  while (server.exitCode === null && server.signalCode === null) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return true;
    } catch {
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
  return false;
}
