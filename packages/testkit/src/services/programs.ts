import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program of the machine that tests start. */
export interface Program {
  readonly name: string;
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
  /** Where it is, or undefined. */
  readonly find: () => string | undefined;
}

/** Debian's own Python: its GStreamer bindings belong to no other. */
const PYTHON = "/usr/bin/python3";

/** What rtsp-server.py uses, and exits with an error without. */
const RTSP_CHECK = `
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
assert all(map(Gst.ElementFactory.find, ["qtdemux", "h264parse", "rtph264pay"]))
`;

/** The modules that Apache is started with, where Debian has them. */
export const APACHE_MODULES = [
  ...["mpm_event", "alias", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest"],
].map((name) => ({ name, path: `/usr/lib/apache2/modules/mod_${name}.so` }));

/** Every program that the tests need and no npm package brings: what it is, how it is found, what installs it. */
export const PROGRAMS = {
  chromium: {
    name: "Chromium",
    packages: ["chromium"],
    find: () => findExecutable(["chromium", "chromium-browser", "google-chrome"]),
  },
  apache: {
    name: "Apache",
    // Without the package apache2, whose service would start.
    packages: ["apache2-bin"],
    find: () =>
      APACHE_MODULES.every(({ path }) => existsSync(path)) ? findExecutable(["apache2"], ["/usr/sbin"]) : undefined,
  },
  /** The folder of `initdb`, `postgres` and `createdb`. */
  postgresql: {
    name: "PostgreSQL",
    packages: ["postgresql"],
    find: () => postgresFolders().find((folder) => ["initdb", "postgres", "createdb"].every(isExecutableIn(folder))),
  },
  redis: {
    name: "Redis",
    packages: ["redis-server"],
    find: () => findExecutable(["redis-server"]),
  },
  mosquitto: {
    name: "mosquitto",
    packages: ["mosquitto"],
    find: () => findExecutable(["mosquitto"], ["/usr/sbin"]),
  },
  /** The Python that can run rtsp-server.py. */
  rtspServer: {
    name: "GStreamer's RTSP server",
    packages: ["gir1.2-gst-rtsp-server-1.0", "gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad", "python3-gi"],
    find: () => (spawnSync(PYTHON, ["-c", RTSP_CHECK]).status === 0 ? PYTHON : undefined),
  },
  /** The Python that can run clients of WebSocket servers. */
  pythonWebSockets: {
    name: "Python's websockets",
    packages: ["python3-websockets"],
    find: () => (spawnSync(PYTHON, ["-c", "import websockets"]).status === 0 ? PYTHON : undefined),
  },
} as const satisfies Readonly<Record<string, Program>>;

/**
 * Where a program is.
 * @throws Error with the line that installs it.
 */
export function locate(program: Program): string {
  const found = program.find();
  if (found === undefined) throw new Error(`${program.name} is not installed: ${installLine([program])}`);
  return found;
}

/** What to type on Debian and its relatives. */
export function installLine(programs: readonly Program[]): string {
  const packages = programs.flatMap((program) => program.packages);
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(" ")}`;
}

function findExecutable(names: readonly string[], usual: readonly string[] = []): string | undefined {
  const folders = [...searchPath(), ...usual, "/usr/bin", "/usr/local/bin", "/snap/bin"];
  for (const folder of folders) {
    const name = names.find(isExecutableIn(folder));
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}

/** Debian keeps the server's programs off the PATH, in a folder per version; the newest comes first. */
function postgresFolders(): readonly string[] {
  const versions = globSync("/usr/lib/postgresql/*/bin").sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [...versions.reverse(), ...searchPath()];
}

const searchPath = (): readonly string[] => (process.env.PATH ?? "").split(delimiter);

function isExecutableIn(folder: string): (name: string) => boolean {
  return (name) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
}
