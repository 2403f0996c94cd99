import { fileURLToPath } from "node:url";
import { ChildServer, started } from "./child-server.ts";
import { freePort } from "./free-port.ts";
import { locate, PROGRAMS } from "./programs.ts";

const SCRIPT = fileURLToPath(new URL("./rtsp-server.py", import.meta.url));

/** MP4 files with H.264, by the names they are served under. */
export type Mounts = Readonly<Record<string, string>>;

/**
 * GStreamer's RTSP server on a loopback port. Every client gets a mount's file from its beginning, in real time.
 * `kill` and `start` are a camera that loses its power and has it back, `pause` and `resume` one that hangs.
 */
export class RtspServer extends ChildServer {
  readonly port: number;

  private constructor(mounts: Mounts, port: number) {
    super({
      name: "the RTSP server",
      command: locate(PROGRAMS.rtspServer),
      args: [SCRIPT, String(port), ...Object.entries(mounts).map(([name, path]) => `${name}=${path}`)],
      ready: "ready",
    });
    this.port = port;
  }

  /** @throws Error with the line to run when it is not installed. */
  static async launch(mounts: Mounts): Promise<RtspServer> {
    const server = new RtspServer(mounts, await freePort());
    return started(server, () => server.start());
  }

  /** The address of a mount, with `user:password` where it is given. */
  url(mount: string, credentials?: string): string {
    return `rtsp://${credentials ? `${credentials}@` : ""}127.0.0.1:${this.port}/${mount}`;
  }
}
