/** One of the two servers of `fanout.ts`, in a process of its own; it is told by messages when to begin and to end. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { residentMemory } from "@sensorium/testkit";
import { WebSocketServer } from "ws";
import { silentLog } from "../packages/server/src/observe/log.ts";
import { HttpServer } from "../packages/server/src/serve/http/server.ts";
import { directoryOf } from "../packages/server/src/serve/testing/scripted-camera.ts";
import { posedPerson, poseFrame, ScriptedSensing } from "../packages/server/src/serve/testing/scripted-sensing.ts";
import type { FromFanoutServer, ToFanoutServer } from "./fanout.ts";

const FRAME_EVERY_MS = 100;

interface Fan {
  readonly port: number;
  /** Sends one frame to everybody. */
  show(): void;
}

/** What `ws` itself can do: one buffer, prepared once, to every socket. */
async function plain(bytes: number): Promise<Fan> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  await new Promise<void>((resolve) => http.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve));
  const padding = "x".repeat(bytes - 80);
  const show = (): void => {
    const message = Buffer.from(`{"type":"pose_data","timestamp":"${new Date().toISOString()}","pad":"${padding}"}`);
    for (const client of server.clients) client.send(message, { binary: false });
  };
  return { port: (http.address() as AddressInfo).port, show };
}

/** The streaming API over one environment in which one person is seen. */
async function streaming(): Promise<Fan> {
  const sensing = new ScriptedSensing();
  const crowd = { maxPerAddress: 10_000, maxPerAccount: 10_000 };
  const server = await HttpServer.listen({
    cameras: directoryOf(),
    log: silentLog,
    pageFolder: "/nowhere",
    port: 0,
    streaming: { source: sensing, crowd },
  });
  const persons = [posedPerson()];
  let frame = 0;
  const show = (): void => {
    const now = Date.now();
    sensing.show(poseFrame({ frame: frame++, persons, times: { capturedMs: now, decodedMs: now, inferredMs: now } }));
  };
  return { port: server.port, show };
}

const say = (message: FromFanoutServer): void => void process.send?.(message);
const [kind, bytes] = process.argv.slice(2);
const fan = kind === "plain" ? await plain(Number(bytes)) : await streaming();
let showing: NodeJS.Timeout | undefined;
let cpu = process.cpuUsage();
process.on("message", (message: ToFanoutServer) => {
  switch (message) {
    case "weigh":
      globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
      return say({ kind: "weight", bytes: residentMemory() });
    case "show":
      showing = setInterval(fan.show, FRAME_EVERY_MS);
      return undefined;
    case "begin":
      cpu = process.cpuUsage();
      return undefined;
    case "end": {
      const { user, system } = process.cpuUsage(cpu);
      clearInterval(showing);
      return say({ kind: "cpu", micros: user + system });
    }
    case "exit":
      return process.exit();
  }
});
say({ kind: "ready", port: fan.port });
