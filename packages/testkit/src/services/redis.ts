import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildServer, started } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

/**
 * A private Redis on a loopback port, its data in a temporary folder. `kill` pulls the plug and `start` puts it back:
 * same address, same data. Everything is gone once it is disposed.
 */
export class RedisServer extends ChildServer {
  readonly port: number;

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
      folder,
    });
    this.port = port;
  }

  /**
   * With settings of redis.conf besides its own.
   * @throws Error with the line to run when Redis is not installed.
   */
  static async launch(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, { folder: mkdtempSync(join(tmpdir(), "sensorium-redis-")), settings });
    return started(server, () => server.start());
  }
}
