import { connectAsync } from "mqtt";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { MosquittoServer, ScriptedServer } from "../../../testkit/src/services/index.ts";
import { temporaryFolder } from "../storage/events.fixture.ts";
import { mqttPublish, openNode, valuesOf } from "./actions.fixture.ts";
import { delivered } from "./delivered.fixture.ts";

let server: MosquittoServer;
beforeAll(async () => {
  server = await MosquittoServer.launch();
});
afterAll(() => server[Symbol.asyncDispose]());

const due = (port = server.port) => ({
  connections: { mqtt: { host: "127.0.0.1", port, tls: false } },
  dueMs: Date.now(),
});

/** What arrives on the topics of cars from now on. */
async function listen(port = server.port) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
  const heard: { readonly topic: string; readonly text: string; readonly retain: boolean; readonly qos: number }[] = [];
  client.on("message", (topic, bytes, { retain, qos }) => heard.push({ topic, text: bytes.toString(), retain, qos }));
  await client.subscribeAsync("cars/#", { qos: 2 });
  return { heard, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

test("a message arrives on its topic, in the quality asked for, with the id of its event", async () => {
  await using subscriber = await listen();
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const values = valuesOf({ display_id: "d7" });
  await node.actions.record(
    [0, 1, 2].map((qos) => mqttPublish(values, { qos })),
    due(),
  );
  await delivered(node);
  await vi.waitFor(() => expect(subscriber.heard).toHaveLength(3));
  expect(subscriber.heard.map(({ qos }) => qos)).toEqual([0, 1, 2]);
  expect(subscriber.heard[0]?.topic).toBe("cars/d7");
  expect(JSON.parse(subscriber.heard[0]?.text ?? "")).toMatchObject({ display_id: "d7", event_id: expect.any(String) });
});

test("a retained message is there for who comes later", async () => {
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  await node.actions.record([mqttPublish(valuesOf(), { topic: "cars/kept", retain: true, message: "hello" })], due());
  await delivered(node);
  await using subscriber = await listen();
  await vi.waitFor(() => expect(subscriber.heard).toMatchObject([{ topic: "cars/kept", text: "hello", retain: true }]));
});

test("what falls due while the broker is away arrives in order once it is back", async () => {
  using folder = temporaryFolder();
  await using broker = await MosquittoServer.launch();
  await using node = await openNode(folder.path);
  await node.actions.record([mqttPublish(valuesOf(), { message: "0" })], due(broker.port));
  await delivered(node);
  await broker.kill();
  for (let i = 1; i <= 20; i++)
    await node.actions.record([mqttPublish(valuesOf(), { message: `${i}` })], due(broker.port));
  await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([{ state: "down", waiting: 20 }]));
  await broker.start();
  await using subscriber = await listen(broker.port);
  await delivered(node);
  await vi.waitFor(() => expect(subscriber.heard.at(-1)?.text).toBe("20"));
  const numbers = subscriber.heard.map(({ text }) => Number(text));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});

test("a topic that no broker takes is refused, and the next message is sent", async () => {
  await using subscriber = await listen();
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const bad = mqttPublish(valuesOf({ display_id: "a/+" }));
  await node.actions.record([bad, mqttPublish(valuesOf(), { topic: "cars/ok", message: "ok" })], due());
  await delivered(node);
  expect(node.actions.health().sinks).toMatchObject([{ totals: { delivered: 1, refused: 1, retries: 0 } }]);
  await vi.waitFor(() => expect(subscriber.heard.at(-1)).toMatchObject({ topic: "cars/ok", text: "ok" }));
});

test.each(["silent", "resets", "garbage"] as const)(
  "a server that is no broker and %s is a sink that is down",
  async (behaviour) => {
    using folder = temporaryFolder();
    await using other = await ScriptedServer.listen(behaviour);
    await using node = await openNode(folder.path, { timeoutMs: 300 });
    await node.actions.record([mqttPublish(valuesOf())], due(other.port));
    await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([{ state: "down", waiting: 1 }]), {
      timeout: 10_000,
    });
  },
);
