import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { MAX_HEADER_BYTES, writeHeader } from "./frames.ts";

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
let client: WebSocket;
let stream: Duplex;
beforeAll(async () => {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  http.on("upgrade", (_, socket) => {
    stream = socket;
  });
  client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  await once(client, "open");
});
afterAll(() => {
  client.terminate();
  server.close();
  http.close();
});

describe("a frame", () => {
  const lengths = [0, 1, 125, 126, 127, 2_000, 65_535, 65_536, 70_000];
  it.each(lengths)("of %i bytes is read by a client as it was written", async (length) => {
    const memory = Buffer.alloc(MAX_HEADER_BYTES + length + 5, "m");
    const placed = { memory, start: MAX_HEADER_BYTES, end: MAX_HEADER_BYTES + length };
    for (const binary of [false, true]) {
      const message = once(client, "message");
      stream.write(memory.subarray(writeHeader({ ...placed, binary }), placed.end));
      expect(await message).toEqual([Buffer.alloc(length, "m"), binary]);
    }
  });
});
