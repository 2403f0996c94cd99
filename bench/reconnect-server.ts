/** The server of `reconnect.ts`, in a process of its own: the streaming API over a real log, killed and started again. */
import { Pulse } from "../packages/server/src/flow/pulse.ts";
import { silentLog } from "../packages/server/src/observe/log.ts";
import { newEventId } from "../packages/server/src/pipeline/event-id.ts";
import { Auth } from "../packages/server/src/serve/auth/auth.ts";
import { HttpServer } from "../packages/server/src/serve/http/server.ts";
import { CameraSensing } from "../packages/server/src/serve/streaming/camera-source.ts";
import { directoryOf, ScriptedCamera } from "../packages/server/src/serve/testing/scripted-camera.ts";
import { Store } from "../packages/server/src/storage/store.ts";
import type { FromReconnectServer, ToReconnectServer } from "./reconnect.ts";

const [folder = "", port = "0"] = process.argv.slice(2);
const store = await Store.open({ folder });
const pulse = new Pulse();
const auth = await Auth.open({ records: store.access });
const log = {
  epoch: store.epoch,
  pulse,
  get lastOffset() {
    return store.health().lastOffset;
  },
  read: (query: Parameters<Store["read"]>[0]) => store.read(query),
};
const cameras = directoryOf(new ScriptedCamera("ward", "care"));
const server = await HttpServer.listen({
  ...{ cameras, log: silentLog, pageFolder: "/nowhere", auth, port: Number(port) },
  streaming: {
    source: new CameraSensing(cameras, log),
    crowd: { maxPerAddress: 10_000, maxPerAccount: 10_000 },
  },
});

/** Somebody comes and goes, by turns. */
async function record(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({
    id: newEventId(Date.now()),
    ...{ environment: "care", wallMs: Date.now(), simulated: true, type: "occupancy" as const, zone: null },
    change: i % 2 === 0 ? ("entered" as const) : ("left" as const),
    ...{ current: (i + 1) % 2, previous: i % 2, confidence: 0.9 },
    persons: i % 2 === 0 ? [{ person: i + 1, track: i + 1, status: "new" as const }] : [],
  }));
  await store.append(events);
  pulse.beat();
}

const say = (message: FromReconnectServer): void => void process.send?.(message);
process.on("message", async ({ record: count }: ToReconnectServer) => {
  await record(count);
  say({ kind: "recorded", offset: store.health().lastOffset });
});
const [admin] = (await store.access.listUsers({ limit: 1, skip: 0 })).rows;
const token = await auth.tokens.sign({
  ...{ userId: admin?.id ?? "", name: "bench", scopes: ["read"], environments: null },
  ...{ by: "token", credential: null, expiresMs: null },
});
say({ kind: "ready", port: server.port, token });
