import { ASYNCAPI_NAMES, asyncApi } from "@sensorium/protocol/asyncapi";
import { fastify } from "fastify";
import { expect, it } from "vitest";
import { serveAsyncApi } from "./asyncapi.ts";

it.each(ASYNCAPI_NAMES)("the AsyncAPI document of %s is served to everybody", async (name) => {
  const app = fastify();
  serveAsyncApi(app, () => null);
  const reply = await app.inject(`/api/v1/asyncapi/${name}.json`);
  expect(reply.headers["content-type"]).toMatch(/^application\/json/);
  expect(reply.json()).toEqual(asyncApi(name));
  await app.close();
});

it("the list of the documents says where each protocol is served, and which is not", async () => {
  const app = fastify();
  const places = { "wifi-densepose": { path: "/ws/v1" }, "detector-worker": null, "people-counter": { port: 8765 } };
  serveAsyncApi(app, (name) => places[name]);
  const { data } = (await app.inject("/api/v1/asyncapi")).json();
  expect(data.protocols).toEqual([
    { ...listed("wifi-densepose"), place: { path: "/ws/v1" } },
    { ...listed("detector-worker"), place: null },
    { ...listed("people-counter"), place: { port: 8765 } },
  ]);
  await app.close();
});

const listed = (name: string) => ({ name, document: `/api/v1/asyncapi/${name}.json` });
