import { afterEach, expect, it, vi } from "vitest";
import { Sockets } from "./sockets.ts";

const protocols = [
  {
    name: "wifi-densepose",

    document: "/api/v1/asyncapi/wifi-densepose.json",
    place: { path: "/ws/v1" },
  },
  { name: "detector-worker", document: "/api/v1/asyncapi/detector-worker.json", place: null },
  {
    name: "people-counter",

    document: "/api/v1/asyncapi/people-counter.json",
    place: { port: 8765 },
  },
];
afterEach(() => vi.unstubAllGlobals());

it.each([
  ["http://localhost:8000/#view=developers", "ws://localhost:8000/ws/v1", "ws://localhost:8765/"],
  ["https://site.example/watch/", "wss://site.example/watch/ws/v1", "wss://site.example:8765/"],
])("of the page at %s the sockets are where it can reach them", async (page, streaming, counter) => {
  vi.stubGlobal("fetch", async () => Response.json({ data: { protocols } }));
  const sockets = new Sockets(new URL(page));
  await sockets.load();
  expect(sockets.state.get()?.map(({ address }) => address)).toEqual([streaming, null, counter]);
  expect(sockets.state.get()?.[1]?.document).toBe(new URL("./api/v1/asyncapi/detector-worker.json", page).href);
});
