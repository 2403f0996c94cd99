import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildServer } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

/**
 * A private Redis on a loopback port, its data in a temporary folder. `kill` pulls the plug and `start` puts it back:
 * same address, same data. Everything is gone once it is disposed.
 */
export class RedisServer extends ChildServer {
  readonly port: number;
  readonly #folder: string;

  private constructor(
    port: number,
    { folder, settings }: { folder: string; settings: Readonly<Record<string, string>> },
  ) {
    const all = { port: String(port), bind: "127.0.0.1", dir: folder, appendonly: "yes", save: "", ...settings };
    super({
      name: "Redis",
      command: locate(PROGRAMS.redis),
      args: Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      ready: "Ready to accept connections",
    });
    this.port = port;
    this.#folder = folder;
  }

  /**
   * With settings of redis.conf besides its own.
   * @throws Error with the line to run when Redis is not installed.
   */
  static async launch(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, { folder: mkdtempSync(join(tmpdir(), "sensorium-redis-")), settings });
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
