import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { connect, login } from "@sensorium/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AuthServer } from "../../packages/server/src/serve/testing/auth-server.fixture.ts";
import { HandClock } from "../../packages/server/src/serve/testing/hand-clock.ts";
import { hasty } from "./hasty.ts";

const PASSWORD = { username: "admin", password: "correct horse battery" };
const DAY_MS = 86_400_000;

const clock = new HandClock();
let server: AuthServer;
let network: Server;
let url: string;
/** Whose next answer the network loses. */
let losing: string | undefined;

beforeAll(async () => {
  server = await AuthServer.open(clock, { clock: new HandClock() });
  const headers = { cookie: await server.access.cookie(server.port) };
  await server.ask("PUT auth/password", { body: { password: PASSWORD.password }, headers });
  network = createServer(async (request, reply) => {
    const { method = "", url = "", headers } = request;
    const { authorization = "", "content-type": type = "" } = headers;
    const sent = { ...(authorization && { authorization }), ...(type && { "content-type": type }) };
    const body = method === "GET" ? null : await buffer(request);
    const answer = await fetch(`http://127.0.0.1:${server.port}${url}`, { method, headers: sent, body });
    const text = await answer.text();
    if (losing !== undefined && url.endsWith(losing)) {
      losing = undefined;
      request.socket.destroy();
    } else reply.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  }).listen(0, "127.0.0.1");
  await once(network, "listening");
  url = `http://127.0.0.1:${(network.address() as AddressInfo).port}`;
});
afterAll(async () => {
  network.closeAllConnections();
  network.close();
  await server[Symbol.asyncDispose]();
});

it("somebody stays logged in over a network that loses the answer to a refresh", async () => {
  const { getToken } = await login(url, PASSWORD);
  using client = connect(url, { getToken, clock: hasty });
  expect(await client.api.get("/auth/me")).toMatchObject({ username: "admin", by: "token" });
  for (let day = 0; day < 2; day++) {
    clock.advance(DAY_MS);
    losing = "/auth/refresh";
    expect(await client.api.get("/auth/me")).toMatchObject({ username: "admin", by: "token" });
    expect(losing).toBeUndefined();
  }
});
