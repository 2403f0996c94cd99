import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { WebServer } from "../../../testkit/src/services/index.ts";
import type { RecorderSetup } from "./record-until-killed.fixture.ts";

const SCRIPT = fileURLToPath(new URL("./record-until-killed.fixture.ts", import.meta.url));

/** A visit that a recorder promised, and how long it took to. */
export interface Promised {
  readonly session: string;
  readonly tookMs: number;
}

/** A process of its own that records visits until it is killed. */
export class Recorder {
  readonly promised: Promised[] = [];
  readonly #child: ChildProcess;
  #heard: (() => void) | undefined;

  constructor(setup: RecorderSetup) {
    this.#child = spawn(process.execPath, [SCRIPT, JSON.stringify(setup)], { stdio: ["ignore", "pipe", "inherit"] });
    if (!this.#child.stdout) throw new Error("the recorder has no output");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const [session, tookMs] = line.split(" ");
      if (session?.length === 36 && tookMs) this.promised.push({ session, tookMs: Number(tookMs) });
      this.#heard?.();
    });
  }

  /** Resolves once it has promised so many in all. */
  async until(count: number): Promise<void> {
    while (this.promised.length < count) {
      const heard = Promise.withResolvers<void>();
      this.#heard = heard.resolve;
      await heard.promise;
    }
  }

  /** Without a chance to tidy up. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await gone;
  }
}

/** A web server that takes every message, and the messages by the key that tells repeated ones. */
export async function inbox(): Promise<{ readonly server: WebServer; readonly heard: Map<string, string> }> {
  const heard = new Map<string, string>();
  const server = await WebServer.listen((request, response) => {
    void text(request).then((body) => {
      heard.set(String(request.headers["idempotency-key"]), body);
      response.writeHead(204).end();
    });
  });
  return { server, heard };
}
