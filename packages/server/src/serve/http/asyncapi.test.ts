import { ASYNCAPI_NAMES, asyncApi } from "@sensorium/protocol/asyncapi";
import { fastify } from "fastify";
import { expect, it } from "vitest";
import { serveAsyncApi } from "./asyncapi.ts";

it.each(ASYNCAPI_NAMES)("the AsyncAPI document of %s is served to everybody", async (name) => {
  const app = fastify();
  serveAsyncApi(app);
  const reply = await app.inject(`/api/v1/asyncapi/${name}.json`);
  expect(reply.headers["content-type"]).toMatch(/^application\/json/);
  expect(reply.json()).toEqual(asyncApi(name));
  await app.close();
});
