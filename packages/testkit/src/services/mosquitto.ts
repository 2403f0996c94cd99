import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildServer, started } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

/** A private MQTT broker on a loopback port that lets everybody in and keeps nothing beyond its life. */
export class MosquittoServer extends ChildServer {
  readonly port: number;

  private constructor(port: number, folder: string) {
    const file = join(folder, "mosquitto.conf");
    const command = locate(PROGRAMS.mosquitto);
    super({ name: "mosquitto", command, args: ["-v", "-c", file], ready: " running", folder });
    this.port = port;
    writeFileSync(
      file,
      `listener ${port} 127.0.0.1\nallow_anonymous true\n${process.getuid?.() === 0 ? "user root\n" : ""}`,
    );
  }

  /** @throws Error with the line to run when mosquitto is not installed. */
  static async launch(): Promise<MosquittoServer> {
    const server = new MosquittoServer(await freePort(), mkdtempSync(join(tmpdir(), "sensorium-mosquitto-")));
    return started(server, () => server.start());
  }
}
