import { readFileSync } from "node:fs";
import { decodeMessage, encodeMessage } from "@sensorium/protocol/msgpack";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { poseFrame } from "../testing/scripted-sensing.ts";
import { readGolden, room, StreamingFixture } from "../testing/streaming.fixture.ts";
import type { Message, TestClient } from "../testing/test-client.ts";

let fixture: StreamingFixture;
beforeEach(async () => {
  fixture = await StreamingFixture.open();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const folder = new URL("../../../../protocol/src/wifi-densepose/v1/golden/msgpack/", import.meta.url);
const bytesOf = (name: string): Buffer => readFileSync(new URL(`${name}.msgpack`, folder));

const connect = (query?: string, protocols: string[] = [wire.MESSAGE_PACK_SUBPROTOCOL]): Promise<TestClient> =>
  fixture.connect(query, { protocols });

const send = (client: TestClient, message: unknown): void => client.socket.send(encodeMessage(message));

/** The next message of a type; earlier ones are passed over. */
async function next(client: TestClient, type: string): Promise<{ readonly bytes: Buffer; readonly message: Message }> {
  for (;;) {
    const bytes = await client.nextBinary();
    const message = decodeMessage(bytes) as Message;
    wire.ServerMessage.parse(message);
    if (message.type === type) return { bytes, message };
  }
}

const subscription = { event_type: "pose_data", filters: room };

async function subscribed(client: TestClient, subscriptions: readonly object[]): Promise<Message> {
  send(client, { type: "subscribe", data: { subscriptions } });
  return (await next(client, "ack")).message.data as Message;
}

describe("a client that speaks MessagePack", () => {
  it("chooses it by the subprotocol, beside one that speaks JSON", async () => {
    const [packed, plain] = [await connect(), await fixture.subscribed([subscription])];
    expect(packed.socket.protocol).toBe(wire.MESSAGE_PACK_SUBPROTOCOL);
    await subscribed(packed, [subscription]);
    fixture.sensing.show(poseFrame());
    const golden = await plain.next("pose_data");
    expect(golden).toEqual(readGolden("server.pose_data"));
    expect((await next(packed, "pose_data")).message).toEqual(golden);
  });

  it("may offer both and has the one it names first", async () => {
    const client = await connect("", [wire.SUBPROTOCOL, wire.MESSAGE_PACK_SUBPROTOCOL]);
    expect(await client.next("connection_status")).toMatchObject({ metadata: { sequence: 1 } });
  });

  it.each<[string, (client: TestClient) => unknown]>([
    [
      "pose_data",
      async (client) => {
        await subscribed(client, [subscription]);
        fixture.sensing.show(poseFrame());
      },
    ],
    [
      "activity_event",
      async (client) => {
        const { type, data, timestamp, metadata } = readGolden("server.activity_event");
        const happening = { type, data, atMs: Date.parse(timestamp), source: metadata.source };
        for (let offset = 1; offset < metadata.stream.offset; offset++) fixture.sensing.recordQuietly(happening);
        await subscribed(client, [{ event_type: "activity_event", filters: room }]);
        for (let sequence = 3; sequence < metadata.sequence; sequence++) {
          send(client, readGolden("client.connection_status"));
          await next(client, "connection_status");
        }
        fixture.sensing.record(happening);
      },
    ],
    ["disconnect", (client) => send(client, readGolden("client.disconnect"))],
  ])("is sent %s as its golden file has it, byte for byte", async (type, cause) => {
    const client = await connect();
    await cause(client);
    expect((await next(client, type)).bytes).toEqual(bytesOf(`server.${type}`));
  });

  it.each(["", "?client_id=client_123", `?client_id=${"x".repeat(100)}`])(
    "reads its own name and number in every message (%j)",
    async (query) => {
      const client = await connect(query);
      const { message } = await next(client, "connection_status");
      const { client_id } = message.data as wire.ConnectionStatus;
      expect(message.metadata).toEqual({ client_id, sequence: 1, compression: null });
    },
  );

  it("gets no compressed frames, and is told so", async () => {
    const client = await connect("?compression=gzip");
    const throttle = { compression: "deflate" };
    const plain = { throttle: { compression: null } };
    expect(await subscribed(client, [subscription, { ...subscription, throttle }])).toMatchObject({
      active_subscriptions: [plain, plain],
    });
    fixture.sensing.show(poseFrame());
    expect((await next(client, "pose_data")).message).toMatchObject({ metadata: { compression: null } });
  });

  it.each<[string, string | Uint8Array, string]>([
    ["JSON", '{"type":"heartbeat"}', "This connection speaks MessagePack: send it as binary"],
    ["bytes that mean nothing", new Uint8Array([0xc1]), "The message is not one MessagePack object"],
    [
      "a bomb",
      new Uint8Array([0x81, 0xa4, ...Buffer.from("type"), ...Array(60_000).fill(0x91), 0xc0]),
      "nested too deep",
    ],
    ["too much", encodeMessage("x".repeat(70_000)), "This message is 70005 bytes long; the limit is 65536 bytes"],
  ])("is answered when it sends %s, and goes on", async (_, bytes, sentence) => {
    const client = await connect();
    client.socket.send(bytes);
    expect((await next(client, "error")).message.data).toMatchObject({
      error_code: "VALIDATION_ERROR",
      message: expect.stringContaining(sentence),
    });
    expect(await subscribed(client, [subscription])).toMatchObject({ status: "success" });
  });
});
