import type { IncomingHttpHeaders } from "node:http";
import { expect, test, vi } from "vitest";
import { type Answer, freePort, ScriptedServer, WebServer } from "../../../testkit/src/services/index.ts";
import { temporaryFolder } from "../storage/events.fixture.ts";
import { openNode, valuesOf, webhook } from "./actions.fixture.ts";
import { delivered } from "./delivered.fixture.ts";

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly path: string | undefined;
  readonly body: string;
}

/** A web server that answers with a status for each request, and what it was sent. */
async function hooks(statusOf: (number: number, body: string) => number) {
  const heard: Heard[] = [];
  const answer: Answer = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    heard.push({ headers: request.headers, path: request.url, body });
    response.writeHead(statusOf(heard.length, body)).end("thanks");
  };
  return { server: await WebServer.listen(answer), heard };
}

const due = { connections: {}, dueMs: Date.now() };

test("a message is posted with the event's id and one by which it is known if it comes twice", async () => {
  const { server, heard } = await hooks(() => 204);
  await using _server = server;
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const values = valuesOf({ session_id: "s1" });
  const url = server.url("/cars?key=k", "me:p%40ss");
  const json = webhook(values, url, { message: '{"at":"{display_id}"}', headers: { "x-token": "t" } });
  await node.actions.record([json, webhook(values, server.url("/text"), { message: "{class}" })], due);
  await delivered(node);
  const [first, second] = heard;
  expect(JSON.parse(first?.body ?? "")).toMatchObject({
    at: "display-001",
    session_id: "s1",
    event: "frontal_detected",
  });
  expect(first?.path).toBe("/cars?key=k");
  expect(first?.headers).toMatchObject({
    "content-type": "application/json",
    "idempotency-key": JSON.parse(first?.body ?? "").event_id,
    "x-sensorium-event": values.uuid,
    "x-token": "t",
    authorization: `Basic ${btoa("me:p@ss")}`,
  });
  expect(second).toMatchObject({ body: "car", headers: { "content-type": "text/plain; charset=utf-8" } });
  expect(JSON.stringify(node.actions.health())).not.toContain("p%40ss");
});

test.each([429, 502, 503])(
  "a server that answers %i is asked again with the same key until it takes the message",
  async (status) => {
    const { server, heard } = await hooks((number) => (number < 3 ? status : 200));
    await using _server = server;
    using folder = temporaryFolder();
    await using node = await openNode(folder.path);
    await node.actions.record([webhook(valuesOf(), server.url("/"))], due);
    await delivered(node);
    expect(new Set(heard.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(heard).toHaveLength(3);
    expect(node.actions.health().sinks).toMatchObject([{ totals: { delivered: 1, refused: 0, retries: 2 } }]);
  },
);

test.each([301, 400, 404, 410])(
  "a message that is answered with %i is refused at once, and the next is sent",
  async (status) => {
    const { server, heard } = await hooks((number) => (number === 1 ? status : 200));
    await using _server = server;
    using folder = temporaryFolder();
    await using node = await openNode(folder.path);
    await node.actions.record([webhook(valuesOf(), server.url("/a")), webhook(valuesOf(), server.url("/b"))], due);
    await delivered(node);
    expect(heard.map(({ path }) => path)).toEqual(["/a", "/b"]);
    expect(node.actions.health().sinks).toMatchObject([{ totals: { delivered: 1, refused: 1, retries: 0 } }]);
  },
);

test("a message at which a server fails every time does not hold up those after it for ever", async () => {
  const { server, heard } = await hooks((_, body) => (body === "poison" ? 500 : 200));
  await using _server = server;
  using folder = temporaryFolder();
  // Without the pauses between tries.
  const clock = { now: () => performance.now(), random: () => 0, sleep: async () => undefined };
  await using node = await openNode(folder.path, { clock });
  const message = (text: string) => webhook(valuesOf(), server.url("/"), { message: text });
  await node.actions.record([message("poison"), message("good")], due);
  await vi.waitFor(() => expect(heard.at(-1)?.body).toBe("good"), { timeout: 10_000 });
  expect(heard.filter(({ body }) => body === "poison")).toHaveLength(20);
});

test("a webhook that hangs holds up no other", async () => {
  await using silent = await ScriptedServer.listen("silent");
  const { server, heard } = await hooks(() => 200);
  await using _server = server;
  using folder = temporaryFolder();
  await using node = await openNode(folder.path, { timeoutMs: 300 });
  const urls = [`http://127.0.0.1:${silent.port}/`, `http://127.0.0.1:${await freePort()}/`, server.url("/")];
  for (let i = 0; i < 5; i++)
    await node.actions.record(
      urls.map((url) => webhook(valuesOf(), url)),
      due,
    );
  await vi.waitFor(() => expect(heard).toHaveLength(5));
  await vi.waitFor(() =>
    expect(node.actions.health().sinks.map(({ state }) => state)).toEqual(["down", "down", "following"]),
  );
  expect(node.actions.health().sinks.map(({ waiting }) => waiting)).toEqual([5, 5, 0]);
  expect(node.actions.health().sinks[1]?.reason).toMatch(/^webhooks at http:.*: nothing listens there$/);
});
