import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Listener, ServerProcess, temporaryFolder } from "@sensorium/testkit";
import { expect, it } from "vitest";

interface Told {
  readonly type: string;
  readonly data: { readonly event: string; readonly person_id: number; readonly session_id: string };
  readonly metadata: { readonly stream: { readonly epoch: string; readonly offset: number } };
}

const TOLD = ["tracking_update", "occupancy_update", "system_event"];

const of = (client: Listener, event: string): Told[] =>
  TOLD.flatMap((type) => client.of(type) as unknown as Told[]).filter(({ data }) => data.event === event);

const personsOf = (client: Listener): number[] => of(client, "track_started").map(({ data }) => data.person_id);

/** The starts and stops of the sensing, as a stopped server has left them. */
function sessionChanges(home: string): string[] {
  using database = new DatabaseSync(join(home, "simulated", "sensorium.db"), { readOnly: true });
  const rows = database.prepare("select body from event_log where type = 'system' order by log_offset").all();
  const changes = rows.map(({ body }): string => JSON.parse(String(body)).change);
  return changes.filter((change) => ["started", "restarted", "stopped"].includes(change));
}

it("people are numbered on and the sensing starts anew when the server was killed, and a stop is told", {
  timeout: 60_000,
}, async () => {
  await using home = await temporaryFolder();
  const start = () => ServerProcess.start(["simulated:4", "--home", home.path], { SENSORIUM_LOG: "error" });
  const connect = ({ port, headers }: ServerProcess) => Listener.connect(`ws://127.0.0.1:${port}/ws/v1`, headers);
  const subscriptions = TOLD.map((event_type) => ({ event_type }));
  let epoch = "";
  let before: number[] = [];
  {
    await using server = await start();
    using client = await connect(server);
    client.send({ type: "subscribe", data: { subscriptions } });
    await client.until(() => personsOf(client).length > 0 && client.of("occupancy_update").length > 0);
    await server.kill("SIGKILL");
    before = personsOf(client);
    epoch = of(client, "track_started")[0]?.metadata.stream.epoch ?? "";
  }
  {
    await using server = await start();
    using client = await connect(server);
    client.send({ type: "subscribe", data: { subscriptions, recover: { epoch, offset: 0 } } });
    await client.until(() => of(client, "system_restarted").length === 1 && personsOf(client).length > before.length);
    const persons = personsOf(client);
    expect(persons.slice(0, before.length)).toEqual(before);
    expect(new Set(persons).size).toBe(persons.length);
    expect(Math.min(...persons.slice(before.length))).toBeGreaterThan(Math.max(...before));
    const [started, restarted] = ["system_started", "system_restarted"].map((event) => of(client, event)[0]?.data);
    expect(restarted?.session_id).not.toBe(started?.session_id);
    expect(restarted).toMatchObject({ status: "running", severity: "warning" });
    expect(await server.kill("SIGTERM")).toBe(0);
  }
  expect(sessionChanges(home.path)).toEqual(["started", "restarted", "stopped"]);
});
