import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildServer } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

/** A private MQTT broker on a loopback port that lets everybody in and keeps nothing beyond its life. */
export class MosquittoServer extends ChildServer {
  readonly port: number;
  readonly #folder: string;

  private constructor(port: number, folder: string) {
    const file = join(folder, "mosquitto.conf");
    super({ name: "mosquitto", command: locate(PROGRAMS.mosquitto), args: ["-v", "-c", file], ready: " running" });
    this.port = port;
    this.#folder = folder;
    writeFileSync(
      file,
      `listener ${port} 127.0.0.1\nallow_anonymous true\n${process.getuid?.() === 0 ? "user root\n" : ""}`,
    );
  }

  /** @throws Error with the line to run when mosquitto is not installed. */
  static async launch(): Promise<MosquittoServer> {
    const server = new MosquittoServer(await freePort(), mkdtempSync(join(tmpdir(), "sensorium-mosquitto-")));
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
